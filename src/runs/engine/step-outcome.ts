import type { FailureData } from '#base'
import { Secret } from '#base'

/** What a checkpoint holds: values only, because a class thrown in a step comes back from replay as a plain Error. */
export type StepOutcome =
  | {
      readonly ok: true
      readonly value: unknown
      readonly startedAt: string
      readonly finishedAt: string
      readonly message: string | null
    }
  | { readonly ok: false; readonly failure: FailureData }

const MOST_BYTES = 256 * 1024

/**
 * Why a value must not go into a checkpoint, or `undefined` when it may: bytes belong into files, secrets nowhere, and
 * what JSON loses would differ between the first execution and a replay.
 */
export function whyNotData(value: unknown): string | undefined {
  const open: unknown[] = [value]
  while (open.length > 0) {
    const one = open.pop()
    if (one instanceof Secret) return 'it holds a secret'
    if (one instanceof Uint8Array || one instanceof ArrayBuffer)
      return 'it holds bytes: write a file and return its FileRef'
    if (typeof one === 'function' || typeof one === 'symbol' || typeof one === 'bigint')
      return `it holds a ${typeof one}`
    if (typeof one !== 'object' || one === null) continue
    const prototype: unknown = Object.getPrototypeOf(one)
    if (!Array.isArray(one) && prototype !== Object.prototype && prototype !== null) {
      return `it holds an object of class ${one.constructor?.name ?? 'unknown'}`
    }
    open.push(...Object.values(one))
  }
  const size = JSON.stringify(value)?.length ?? 0
  return size > MOST_BYTES ? `it is ${size} bytes of JSON, more than ${MOST_BYTES}` : undefined
}
