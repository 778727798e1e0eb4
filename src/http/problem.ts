import type { Failure, FailureKind } from '#base'

/** The public face of one code: HTTP status, and a title that a page can show. */
export type ProblemType = { readonly status: number; readonly title: string }

/** A room's codes. All rooms together are the closed catalogue behind `/problems/<code>` (RFC 9457 §3.1.1). */
export type ProblemTypes = Readonly<Record<string, ProblemType>>

type ProblemOptions = {
  readonly hint?: string | undefined
  readonly cause?: unknown
  /** Seconds. */
  readonly retryAfter?: number | undefined
  readonly members?: Readonly<Record<string, unknown>>
}

/**
 * An error with two faces: code, status and detail for the person or program that asked, `hint` and `cause` for the log.
 */
export class Problem extends Error {
  readonly code: string
  readonly type: ProblemType
  readonly detail: string
  readonly hint: string | undefined
  /** Seconds after which the same request may work (RFC 9110 §10.2.3). */
  readonly retryAfter: number | undefined
  /** Further members of the problem document (RFC 9457 §3.2), such as `connect_url`. */
  readonly members: Readonly<Record<string, unknown>>

  private constructor(code: string, type: ProblemType, detail: string, options: ProblemOptions) {
    super(`${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Problem'
    this.code = code
    this.type = type
    this.detail = detail
    this.hint = options.hint
    this.retryAfter = options.retryAfter
    this.members = options.members ?? {}
  }

  /**
   * A maker of problems from one room's codes only: `const problem = Problem.from(HTTP_PROBLEMS)`.
   * `detail` is one or two sentences for the person: what happened and what to do.
   */
  static from<const T extends ProblemTypes>(types: T) {
    return (code: keyof T & string, detail: string, options: ProblemOptions = {}): Problem =>
      new Problem(code, types[code] as ProblemType, detail, options)
  }

  /** A failure on the way to another system, seen by somebody who waits for a page. */
  static ofFailure(failure: Failure): Problem {
    const { kind, code, message, retryAfter } = failure.data
    const options = { cause: failure, hint: failure.hint, retryAfter }
    return new Problem(code, FAILURE_TYPES[kind], message, options)
  }
}

const FAILURE_TYPES: Readonly<Record<FailureKind, ProblemType>> = {
  transient: { status: 502, title: 'Another service did not answer as it should' },
  rate_limited: { status: 503, title: 'Another service asks for a pause' },
  needs_reconnect: { status: 409, title: 'An account has to be connected again' },
  missing_scope: { status: 409, title: 'A permission is missing' },
  refused: { status: 409, title: 'Another service, or a limit of ours, said no' },
  cancelled: { status: 409, title: 'It was cancelled' },
}

/** The public face of codes that failures carry, for the catalogue. */
export function failureProblems(codes: Readonly<Record<string, FailureKind>>): ProblemTypes {
  return Object.fromEntries(Object.entries(codes).map(([code, kind]) => [code, FAILURE_TYPES[kind]]))
}
