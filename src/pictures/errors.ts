import { Failure, type FailureKind, formatBytes } from '#base'

/** What can be wrong with a picture; what can be wrong on the way to it is in `#outbound`. */
export const PICTURE_ERRORS = {
  picture_too_large: 'refused',
  picture_not_an_image: 'refused',
  picture_not_found: 'refused',
  picture_not_readable: 'refused',
} as const satisfies Record<string, FailureKind>

/** A code of `PICTURE_ERRORS`. */
export type PictureErrorCode = keyof typeof PICTURE_ERRORS

export function pictureFailure(
  code: PictureErrorCode,
  host: string,
  options: { maxBytes?: number; hint?: string; cause?: unknown } = {},
): Failure {
  const { maxBytes = 0, ...rest } = options
  const messages = {
    picture_too_large: `The picture at ${host} is larger than ${formatBytes(maxBytes)}, so it was not taken. Start again to get another one.`,
    picture_not_an_image: `What ${host} sent is not a picture (JPEG, PNG, WebP or GIF). Start again to get another one.`,
    picture_not_found: `The picture is no longer at ${host}. Start again to get another one.`,
    picture_not_readable: `The picture at ${host} is damaged or of a kind that cannot be made smaller. The original may still be shown.`,
  } as const satisfies Record<PictureErrorCode, string>
  return new Failure({ kind: PICTURE_ERRORS[code], code, message: messages[code] }, rest)
}
