import { Failure, type FailureKind, formatBytes } from '#base'

/** What can be wrong with a picture; what can be wrong on the way to it is in `#outbound`. */
export const PICTURE_ERRORS = {
  picture_too_large: 'refused',
  picture_not_an_image: 'refused',
  picture_not_found: 'refused',
  picture_not_readable: 'refused',
  svg_not_safe: 'refused',
  svg_not_drawable: 'refused',
  svg_letters_missing: 'refused',
} as const satisfies Record<string, FailureKind>

/** A code of `PICTURE_ERRORS`. */
export type PictureErrorCode = keyof typeof PICTURE_ERRORS

type SvgErrorCode = Extract<PictureErrorCode, `svg_${string}`>
type FetchedErrorCode = Exclude<PictureErrorCode, SvgErrorCode>

export function pictureFailure(
  code: FetchedErrorCode,
  host: string,
  options: { maxBytes?: number; hint?: string; cause?: unknown } = {},
): Failure {
  const { maxBytes = 0, ...rest } = options
  const messages = {
    picture_too_large: `The picture at ${host} is larger than ${formatBytes(maxBytes)}, so it was not taken. Start again to get another one.`,
    picture_not_an_image: `What ${host} sent is not a picture (JPEG, PNG, WebP or GIF). Start again to get another one.`,
    picture_not_found: `The picture is no longer at ${host}. Start again to get another one.`,
    picture_not_readable: `The picture at ${host} is damaged or of a kind that cannot be made smaller. The original may still be shown.`,
  } as const satisfies Record<FetchedErrorCode, string>
  return new Failure({ kind: PICTURE_ERRORS[code], code, message: messages[code] }, rest)
}

/** @param options.hint which rule it breaks, or what the codec says; for the log. */
export function svgFailure(code: SvgErrorCode, options: { hint?: string; cause?: unknown }): Failure {
  const messages = {
    svg_not_safe:
      'This SVG holds more than a drawing (a script, an address elsewhere, or something Trivet does not know), so it was not taken. Choose another picture.',
    svg_not_drawable: 'This SVG could not be made into a PNG. The SVG itself may still be downloaded.',
    svg_letters_missing:
      'This server has no font with the letters of this picture, so its PNG would lack them. Download the SVG instead; an operator can install a font.',
  } as const satisfies Record<SvgErrorCode, string>
  return new Failure({ kind: PICTURE_ERRORS[code], code, message: messages[code] }, options)
}
