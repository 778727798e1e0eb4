import { Failure } from '#base'

/** The failure that a call ends with; anything else, success included, fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  )
  if (error instanceof Failure) return error
  throw error
}
