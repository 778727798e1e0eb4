/** What a callback may bring that we read; everything else is ignored (RFC 6749 §4.1.2). */
export const CALLBACK_PARAMETERS = ['state', 'code', 'error', 'iss'] as const

export type CallbackParameters = {
  readonly state: string | undefined
  readonly code: string | undefined
  readonly error: string | undefined
  readonly iss: string | undefined
}

/** Undefined when one of them came twice: which one counts is then anybody's guess (RFC 6749 §3.1). */
export function parseCallbackParameters(query: unknown): CallbackParameters | undefined {
  const all: Readonly<Record<string, unknown>> = typeof query === 'object' && query !== null ? { ...query } : {}
  if (CALLBACK_PARAMETERS.some((name) => Array.isArray(all[name]))) return undefined
  const read = (name: (typeof CALLBACK_PARAMETERS)[number]) => {
    const value = all[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  // An empty `iss` is one: it is compared like any other (RFC 9207 §2.4), and is nobody's.
  const iss = typeof all['iss'] === 'string' ? all['iss'] : undefined
  return { state: read('state'), code: read('code'), error: read('error'), iss }
}
