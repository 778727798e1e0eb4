import type { Finished } from './pipeline.ts'

/** A request as numbers see it: nothing of the caller, and no name that a caller could choose. */
export type Measured = {
  /** As it is called in the file; undefined where none was found. */
  readonly route: string | undefined
  readonly method: string
  readonly outcome: Finished['end']['kind']
  /** That the caller was sent; undefined where nothing was. */
  readonly status: number | undefined
  /** Of a refusal, or of an upstream that gave no answer. */
  readonly code: string | undefined
  readonly seconds: number
}

export function measuredOf({ route, method, end, seconds }: Finished): Measured {
  return { route: route?.name, method, outcome: end.kind, ...answerOf(end), seconds }
}

function answerOf(end: Finished['end']): Pick<Measured, 'status' | 'code'> {
  switch (end.kind) {
    case 'refused':
      return { status: end.status, code: end.code }
    case 'too_large':
      return { status: 413, code: 'route_body_too_large' }
    case 'failed':
      return end.failure.kind === 'slow'
        ? { status: 504, code: 'upstream_slow' }
        : { status: 502, code: 'upstream_down' }
    case 'ended':
      return end.status === undefined
        ? { status: 401, code: 'route_unauthorized' }
        : { status: end.status, code: undefined }
    default:
      return { status: end.status, code: undefined }
  }
}
