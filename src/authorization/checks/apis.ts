/** An API behind a route of the gateway, as the authorization server has to know it. */
export type Api = {
  /** What tokens for it name as audience (RFC 8707 §2): its own address, or the issuer. */
  readonly resource: string
  /** For people; undefined where whoever runs this server gave it none. */
  readonly name: string | undefined
  /** Of its own, for people who find no name: where it is, unless tokens for it name something else. */
  readonly place: string
  readonly scopes: readonly string[]
  /** Whether MCP clients, which nobody here knows, are meant to use it. */
  readonly isMcp: boolean
  /** Whose tokens of their own open it (RFC 6749 §4.4): of clients that an administrator answers for, of all, of none. */
  readonly clientCredentials: 'verified' | 'all' | 'none'
}

/** Those that there are now: the file that names them may change at any time. */
export type Apis = {
  list(): readonly Api[]
  /** What a scope of theirs allows, in the words of whoever runs this server. */
  describe(scope: string): string | undefined
}

export const NO_APIS: Apis = { list: () => [], describe: () => undefined }

/** All that can be asked for at these resources. */
export function scopesAt(apis: Apis, resources: readonly string[]): readonly string[] {
  return [...new Set(apis.list().flatMap(({ resource, scopes }) => (resources.includes(resource) ? scopes : [])))]
}

/** The one MCP server that there is: clients that leave `resource` out can only mean that one. */
export function onlyMcpServer(apis: Apis): string | undefined {
  const [first, ...more] = new Set(apis.list().flatMap(({ isMcp, resource }) => (isMcp ? [resource] : [])))
  return more.length === 0 ? first : undefined
}

/** What people read of an API: the address, which nobody can choose freely, beside the name that its operator gave it. */
export function labelOf({ name, place }: Pick<Api, 'name' | 'place'>): string {
  return name === undefined ? place : `${name} (${place})`
}
