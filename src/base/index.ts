/** Pure words that every room may use: no I/O, no dependency but Node's own modules. */
export { backoff } from './backoff.ts'
export { type Clock, systemClock } from './clock.ts'
export { Failure, type FailureData, type FailureKind, StartError } from './failure.ts'
export { isId, newId } from './ids.ts'
export type { Log } from './log.ts'
export { Secret } from './secret.ts'
export { formatBytes, isStorableText, withArticle } from './text.ts'
