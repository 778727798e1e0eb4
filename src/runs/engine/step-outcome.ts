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
const MOST_DEPTH = 100

/**
 * Why a value must not go into a checkpoint, or `undefined` when it may: bytes belong into files, secrets nowhere, and
 * what JSON loses would differ between the first execution and a replay.
 */
export function whyNotData(value: unknown): string | undefined {
  // Level by level, each object once: a value may refer to itself, be very long or very deep.
  const seen = new Set<unknown>()
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MOST_DEPTH) return `it is nested more than ${MOST_DEPTH} deep`
    const next: unknown[] = []
    for (const one of level) {
      const why = whyNotPlain(one)
      if (why !== undefined) return why
      if (typeof one !== 'object' || one === null || seen.has(one)) continue
      seen.add(one)
      for (const member of Object.values(one)) next.push(member)
    }
    level = next
  }
  return whyNotJson(value)
}

function whyNotPlain(one: unknown): string | undefined {
  if (one instanceof Secret) return 'it holds a secret'
  if (one instanceof Uint8Array || one instanceof ArrayBuffer)
    return 'it holds bytes: write a file and return its FileRef'
  if (typeof one === 'function' || typeof one === 'symbol' || typeof one === 'bigint') return `it holds a ${typeof one}`
  if (typeof one !== 'object' || one === null || Array.isArray(one)) return undefined
  const prototype: unknown = Object.getPrototypeOf(one)
  if (prototype === Object.prototype || prototype === null) return undefined
  return `it holds an object of class ${one.constructor?.name ?? 'unknown'}`
}

function whyNotJson(value: unknown): string | undefined {
  try {
    const size = Buffer.byteLength(JSON.stringify(value) ?? '')
    return size > MOST_BYTES ? `it is ${size} bytes of JSON, more than ${MOST_BYTES}` : undefined
  } catch (error) {
    // A text longer than V8 can hold is a RangeError.
    return error instanceof RangeError ? `it is more than ${MOST_BYTES} bytes of JSON` : 'it refers to itself'
  }
}
