/** What an avatar is drawn from: the same always gives the same picture. */
export type Avatar = {
  /** Any text. */
  readonly seed: string
  /** Id of a style. */
  readonly style: string
  /** Six hexadecimal digits, lower case; the style's own background without one. */
  readonly backgroundColor?: string | undefined
  /** One of the style's `moods`. */
  readonly mood?: string | undefined
}

/** Who made a style, and on which terms its pictures may be used. */
export type AvatarStyle = {
  /** `pixel-art`: as in the addresses of DiceBear's HTTP API. */
  readonly id: string
  /** `Pixel Art`. */
  readonly name: string
  readonly designer: NamedLink
  readonly licence: NamedLink
  /** The work that the style is made of. */
  readonly source?: NamedLink
  /** Whether the licence asks for a word of thanks wherever a picture is shown. */
  readonly needsAttribution: boolean
  /** That word: source, designer, licence. */
  readonly attribution: string
  /** Moods that this style can show, in the order of `MOODS`; often none. */
  readonly moods: readonly string[]
}

export type NamedLink = { readonly name: string; readonly url?: string }
