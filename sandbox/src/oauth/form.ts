/** A form or query with every value of every name: repeated parameters are refused, so they must be visible. */
export function parseForm(body: unknown): URLSearchParams {
  const form = new URLSearchParams()
  if (typeof body !== 'object' || body === null) return form
  for (const [name, value] of Object.entries(body)) {
    for (const one of Array.isArray(value) ? value : [value]) form.append(name, String(one))
  }
  return form
}

/** A parameter given more than once (RFC 6749, 3.1 and 3.2: none may be). */
export function findRepeated(form: URLSearchParams): string | undefined {
  return [...form.keys()].find((name) => form.getAll(name).length > 1)
}

/** The names of a scope parameter, each once. */
export function parseScopes(scope: string): string[] {
  return [...new Set(scope.split(' ').filter((name) => name !== ''))]
}
