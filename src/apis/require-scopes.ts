/**
 * The scopes of a connector. Types say the same, but a mash-up from outside is run without them being looked at, and a
 * provider refuses a wrong name only after the person has filled in the form.
 *
 * @throws Error that names what there is
 */
export function requireScopes<const S extends string>(
  connector: string,
  asked: readonly string[],
  known: readonly S[],
): readonly S[] {
  const unknown = asked.filter((scope) => !known.some((one) => one === scope))
  if (unknown.length === 0) return known.filter((one) => asked.includes(one))
  throw new Error(`${connector}() knows no scope "${unknown.join(' ')}". There is: ${known.join(', ')}.`)
}
