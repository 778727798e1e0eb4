/** Kinds that work on any operation: they act on the exchange, not on what it means. */
export const TRANSPORT_KINDS = [
  'slow',
  'drip',
  'drop_before',
  'drop_after_commit',
  'status',
  'rate_limit',
  'html',
  'redirect_to',
] as const

/** One misbehaviour that was asked for. */
export type Fault = {
  id: string
  provider: string
  /** Operations it hits. */
  on: string[]
  kind: string
  /** How many requests it hits; 0 = until cleared. */
  times: number
  /** How many requests it lets pass first. */
  after: number
  /** Requests it has met, those let pass included. */
  met: number
  /** The kind's own parameters, as posted. */
  with: Record<string, unknown>
}

/** What faults may name; taken from the registered providers. */
export type Catalogue = ReadonlyMap<
  string,
  { operations: readonly string[]; behaviours: Readonly<Record<string, readonly string[]>> }
>

export class BadFault extends Error {}

function count(value: unknown, name: string, fallback: number): number {
  if (value === undefined) return fallback
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw new BadFault(`${name} must be a whole number, 0 or more`)
}

function parseOperations(on: unknown, known: readonly string[], usual: readonly string[] | undefined): string[] {
  if (on === undefined && usual) return [...usual]
  const names = Array.isArray(on) ? on : [on]
  return names.map((name) => {
    if (typeof name === 'string' && known.includes(name)) return name
    throw new BadFault(`on must be one of: ${known.join(', ')}`)
  })
}

const NUMBERS: Record<string, { name: string; needed: boolean }> = {
  slow: { name: 'seconds', needed: true },
  drip: { name: 'bytes_per_second', needed: true },
  status: { name: 'status', needed: true },
  rate_limit: { name: 'retry_after', needed: false },
  expire_tokens: { name: 'seconds', needed: true },
  rotate_refresh_token: { name: 'grace', needed: false },
  huge: { name: 'bytes', needed: false },
}

function checkParameters(kind: string, parameters: Record<string, unknown>) {
  const number = NUMBERS[kind]
  const value = number && parameters[number.name]
  if (number && !(value === undefined ? !number.needed : typeof value === 'number' && value >= 0)) {
    throw new BadFault(`${kind} takes ${number.name}, a number`)
  }
  if (kind === 'status' && !(typeof value === 'number' && value >= 200 && value <= 599)) {
    throw new BadFault('status takes status, a number between 200 and 599')
  }
  if (kind === 'redirect_to' && (typeof parameters['url'] !== 'string' || !URL.canParse(parameters['url']))) {
    throw new BadFault('redirect_to takes url, an absolute address')
  }
}

/** Reads the body of `POST /faults`. Throws BadFault with a sentence that says what would have been right. */
export function parseFault(body: unknown, catalogue: Catalogue, id: string): Fault {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new BadFault('The body must be a JSON object: {"provider", "on", "kind", …}')
  }
  const { provider, on, kind, times, after, ...parameters } = body as Record<string, unknown>
  const known = typeof provider === 'string' ? catalogue.get(provider) : undefined
  if (typeof provider !== 'string' || !known) {
    throw new BadFault(`provider must be one of: ${[...catalogue.keys()].join(', ')}`)
  }
  const kinds: string[] = [...TRANSPORT_KINDS, ...Object.keys(known.behaviours)]
  if (typeof kind !== 'string' || !kinds.includes(kind)) throw new BadFault(`kind must be one of: ${kinds.join(', ')}`)
  const usual = known.behaviours[kind]
  checkParameters(kind, parameters)
  return {
    id,
    provider,
    // A behaviour has its own places: elsewhere it could never show, and a fault that never fires misleads a test.
    on: parseOperations(on, usual ?? known.operations, usual),
    kind,
    times: count(times, 'times', 1),
    after: count(after, 'after', 0),
    met: 0,
    with: parameters,
  }
}
