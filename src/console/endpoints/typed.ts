/** What a field of a search holds, or nothing. */
export function filled(text: string | undefined, most = 200): string | undefined {
  const trimmed = text?.trim().slice(0, most) ?? ''
  return trimmed === '' ? undefined : trimmed
}

/** One of a list, or nothing. */
export function oneOf<const T extends string>(values: readonly T[], text: string | undefined): T | undefined {
  return values.find((value) => value === text)
}

/** A path with what a form held, so that nothing typed is lost on a way around. */
export function withFields(path: string, fields: Readonly<Record<string, string | undefined>>): string {
  const set = Object.entries(fields).flatMap(([name, text]) =>
    text === undefined || text === '' ? [] : [[name, text]],
  )
  return set.length === 0 ? path : `${path}?${new URLSearchParams(set)}`
}
