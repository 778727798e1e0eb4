/** Names a service that needs no account (an API with a key of ours, a cache). `app.ts` registers what stands behind. */
export type Service<T> = {
  readonly service: string
  /** Never set: carries the type. */
  readonly type?: T
}

export type ServicesOf<U extends Readonly<Record<string, Service<unknown>>>> = {
  readonly [K in keyof U]: U[K] extends Service<infer T> ? T : never
}
