import { Problem } from './problem.ts'

/** Codes of this room: what can be wrong with a request whoever it is for. */
export const HTTP_PROBLEMS = {
  not_found: { status: 404, title: 'There is nothing here' },
  bad_request: { status: 400, title: 'The request could not be read' },
  body_too_large: { status: 413, title: 'That is too large' },
  uri_too_long: { status: 414, title: 'That address is too long' },
  unsupported_media_type: { status: 415, title: 'That kind of content is not taken here' },
  forged_request: { status: 403, title: 'The form was not sent from a page of ours' },
  too_many_requests: { status: 429, title: 'That was too fast' },
  wrong_host: { status: 421, title: 'Wrong host name' },
  database_unavailable: { status: 503, title: 'The database of this server did not answer' },
  internal_error: { status: 500, title: 'Something broke on our side' },
} as const

export const problem = Problem.from(HTTP_PROBLEMS)
