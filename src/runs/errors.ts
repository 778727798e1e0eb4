import { Problem } from '#http'

/** Codes of this room: of runs that failed, and of requests about runs. */
export const RUN_PROBLEMS = {
  run_not_found: { status: 404, title: 'There is no such run' },
  mashup_not_found: { status: 404, title: 'There is no such mash-up' },
  run_not_failed: { status: 409, title: 'This run did not fail' },
  invalid_input: { status: 422, title: 'The form is not complete' },
  idempotency_key_reused: { status: 422, title: 'That key belongs to another request' },
  too_many_streams: { status: 429, title: 'Too many live pages are open' },
  connection_required: { status: 409, title: 'An account has to be connected first' },
  mashup_changed: { status: 409, title: 'The mash-up was changed meanwhile' },
  mashup_error: { status: 500, title: 'The mash-up stopped with an error' },
  engine_gave_up: { status: 500, title: 'The run was interrupted too often' },
  step_result_not_data: { status: 500, title: 'A step gave back something that cannot be kept' },
  waited_too_long: { status: 409, title: 'The account was not connected in time' },
} as const

export const problem = Problem.from(RUN_PROBLEMS)
