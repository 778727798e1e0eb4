import { Failure, type FailureData, type FailureKind } from '#base'

/** Every failure that the clients of this room have a word for. What happens on the way is in `#outbound`. */
export const API_ERRORS = {
  drive_full: 'refused',
  drive_rate_limited: 'rate_limited',
  drive_reconnect_needed: 'needs_reconnect',
  drive_permission_missing: 'missing_scope',
  drive_unavailable: 'transient',
  drive_not_enabled: 'refused',
  drive_blocked: 'refused',
  drive_file_differs: 'refused',
  drive_refused: 'refused',
  discord_rate_limited: 'rate_limited',
  discord_unavailable: 'transient',
  discord_reconnect_needed: 'needs_reconnect',
  discord_refused: 'refused',
  unknown_breed: 'refused',
  breed_without_pictures: 'refused',
  cat_api_unavailable: 'transient',
  cat_api_rate_limited: 'rate_limited',
  cat_api_key_refused: 'refused',
  avatar_style_unknown: 'refused',
  avatar_color_invalid: 'refused',
  avatar_mood_unknown: 'refused',
  avatar_seed_too_long: 'refused',
  dicebear_answer_unusable: 'refused',
} as const satisfies Record<string, FailureKind>

/** A code of `API_ERRORS`. */
export type ApiErrorCode = keyof typeof API_ERRORS

/** @param options.hint for the log; the provider's own words, which no page shows. */
export function apiFailure(
  code: ApiErrorCode,
  message: string,
  options: Pick<FailureData, 'retryAfter' | 'connectionId'> & { hint?: string; cause?: unknown } = {},
): Failure {
  const { hint, cause, ...data } = options
  return new Failure(
    { kind: API_ERRORS[code], code, message, ...data },
    { ...(hint === undefined ? {} : { hint }), cause },
  )
}
