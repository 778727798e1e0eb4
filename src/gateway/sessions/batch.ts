/**
 * Questions of one moment, put together as one: thousands of open streams of as many people are looked at twice a second.
 *
 * @param ask answers with those of the ids for which it is so
 */
export function createBatch(
  ask: (ids: readonly string[]) => Promise<readonly string[]>,
): (id: string) => Promise<boolean> {
  let next: { readonly ids: Set<string>; readonly answer: Promise<ReadonlySet<string>> } | undefined

  function begin() {
    const ids = new Set<string>()
    const answer = Promise.resolve().then(async () => {
      next = undefined
      return new Set(await ask([...ids]))
    })
    return { ids, answer }
  }

  return async (id) => {
    next ??= begin()
    next.ids.add(id)
    return (await next.answer).has(id)
  }
}
