import { Problem } from '#http'

/** Codes of this room, as callers of routes see them. */
export const GATEWAY_PROBLEMS = {
  route_not_found: { status: 404, title: 'There is nothing at this address' },
  route_path_ambiguous: { status: 400, title: 'The address can be read in more than one way' },
  route_method_not_allowed: { status: 405, title: 'That method is not taken here' },
  route_body_too_large: { status: 413, title: 'The body is larger than this route takes' },
  route_too_many_requests: { status: 429, title: 'Too many requests' },
  route_unauthorized: { status: 401, title: 'An access token is needed' },
  route_forbidden: { status: 403, title: 'The access token does not allow this' },
  route_sign_in_needed: { status: 401, title: 'Somebody has to sign in first' },
  route_not_for_you: { status: 403, title: 'Your account does not open this' },
  route_forged: { status: 403, title: 'The request came from another site' },
  route_request_invalid: { status: 400, title: 'The request cannot be used' },
  route_keys_missing: { status: 503, title: 'The access token cannot be checked at the moment' },
  route_file_unusable: { status: 503, title: 'What this address needs is not known at the moment' },
  route_failed: { status: 500, title: 'Something broke on our side' },
  upstream_down: { status: 502, title: 'The service behind this address does not answer' },
  upstream_slow: { status: 504, title: 'The service behind this address took too long' },
} as const

export const problem = Problem.from(GATEWAY_PROBLEMS)
export type GatewayProblem = keyof typeof GATEWAY_PROBLEMS
