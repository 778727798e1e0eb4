/** A file in somebody's Drive at the sandbox. */
export type DriveFile = {
  readonly account: string
  readonly id: string
  readonly name: string
  readonly mimeType: string
  readonly size: number
  readonly description?: string
}

export type Recorded = {
  readonly n: number
  readonly provider: string
  readonly operation: string
  readonly path: string
  readonly status: number | null
}

/** How the sandbox's Discord was treated. */
export type DiscordState = {
  /** Requests that its limit refused, and the most that came in any one second. */
  readonly exceeded: number
  readonly mostInOneSecond: number
}

export type Fault = {
  readonly provider: 'google' | 'thecatapi' | 'discord' | 'dicebear'
  readonly kind: string
  readonly [more: string]: unknown
}

/** How tests steer and watch the sandbox. */
export type Sandbox = {
  readonly url: string
  fault(fault: Fault): Promise<void>
  clearFaults(): Promise<void>
  /** What people do at Google themselves: `revoke`, `expire-tokens`. */
  atGoogle(event: 'revoke' | 'expire-tokens', account: string): Promise<void>
  /** The same at Discord, and what else it can be told: how many requests it takes in a second. */
  atDiscord(event: string, told: Readonly<Record<string, unknown>>): Promise<void>
  /** What Discord holds. */
  discord(): Promise<DiscordState>
  files(): Promise<DriveFile[]>
  contentOf(file: DriveFile): Promise<Buffer>
  /** Requests that reached it, of one operation or of all. */
  requests(operation?: string): Promise<Recorded[]>
  forgetRequests(): Promise<void>
  /** Files, grants, logins, faults and requests: all gone. */
  reset(): Promise<void>
}

export function sandboxAt(url: string): Sandbox {
  async function call(method: string, path: string, body?: unknown): Promise<Response> {
    const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const response = await fetch(`${url}${path}`, { method, ...(body === undefined ? {} : json) })
    if (!response.ok) throw new Error(`sandbox: ${method} ${path}: ${response.status} ${await response.text()}`)
    return response
  }
  const state = async () =>
    (await (await call('GET', '/state')).json()) as { google: { files: DriveFile[] }; discord: DiscordState }
  return {
    url,
    fault: async (fault) => void (await call('POST', '/faults', fault)),
    clearFaults: async () => void (await call('DELETE', '/faults')),
    atGoogle: async (event, account) => void (await call('POST', `/faults/google/${event}`, { account })),
    atDiscord: async (event, told) => void (await call('POST', `/faults/discord/${event}`, told)),
    discord: async () => (await state()).discord,
    files: async () => (await state()).google.files,
    contentOf: async (file) =>
      Buffer.from(await (await call('GET', `/google/drive/files/${file.id}/content`)).arrayBuffer()),
    async requests(operation) {
      const all = (await (await call('GET', '/requests?since=0')).json()) as Recorded[]
      return operation === undefined ? all : all.filter((one) => one.operation === operation)
    },
    forgetRequests: async () => void (await call('DELETE', '/requests')),
    reset: async () => void (await call('DELETE', '/state')),
  }
}
