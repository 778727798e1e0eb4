import { Failure } from './failure.ts'

/** An error as the log keeps it. */
export type DescribedError = {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly hint?: string
  readonly stack?: string
  readonly cause?: DescribedError
}

/**
 * What may be logged of an error and its causes: name, message, code, hint, stack. Nothing else, because libraries hang
 * whole answers and requests on theirs (undici's HTTPParserError has the bytes it could not read as `data`).
 */
export function describeError(error: unknown): DescribedError {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error) }
  const code = error instanceof Failure ? error.data.code : 'code' in error ? error.code : undefined
  const hint = 'hint' in error ? error.hint : undefined
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof hint === 'string' ? { hint } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  }
}
