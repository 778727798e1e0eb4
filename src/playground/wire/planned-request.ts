/** What stands in a shown request in the place of something that is not shown; a shell reads it as a variable. */
export const HIDDEN = { password: '$PASSWORD', otp: '$OTP', cookie: '$COOKIE', csrf: '$CSRF' } as const

/** A request that a step is about to send. */
export type PlannedRequest = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** On this server, with its query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** What goes out in the place of words of `HIDDEN`: headers, and members of a JSON body. Kept nowhere. */
  readonly hidden?: {
    readonly headers?: Readonly<Record<string, string>>
    readonly members?: Readonly<Record<string, string>>
  }
}

export function jsonRequest(path: string, body: object, headers: Readonly<Record<string, string>> = {}) {
  return {
    method: 'POST',
    path,
    headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  } as const satisfies PlannedRequest
}

export function formRequest(
  path: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
) {
  return {
    method: 'POST',
    path,
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: String(new URLSearchParams(fields)),
  } as const satisfies PlannedRequest
}
