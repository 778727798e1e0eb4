/**
 * Neutral drawings of our own (nobody's logo): a thing that the provider is about, drawn in strokes on a 24 × 24 grid.
 * A provider that is not listed (Google's letter is all it needs) gets the first letter of its name.
 */
const glyphs: Readonly<Record<string, string>> = {
  // a folder
  'google-drive': 'M4.5 18V6.5h5.5l2 2.5h7.5v9z',
  // a speech bubble
  discord: 'M5 6h14v10h-7l-4 3.5V16H5zM9.5 11h.01M14.5 11h.01',
  // an arrow into a cloud
  putio: 'M7.5 18a4 4 0 0 1-.4-8A5.2 5.2 0 0 1 17 9.3a4.4 4.4 0 0 1-.5 8.7M12 20v-7m-2.7 2.5L12 12.8l2.7 2.7',
  // a cat's head
  thecatapi: 'M5 5v8a7 6.5 0 0 0 14 0V5l-4 3.2H9zM9.5 12.5h.01M14.5 12.5h.01M12 15.5v.5',
  // a die
  dicebear: 'M6 5h12l1 1v12l-1 1H6l-1-1V6zM9 9h.01M15 9h.01M12 12h.01M9 15h.01M15 15h.01',
  // a stack of machines
  proxmox: 'M5 5h14v6H5zM5 13h14v6H5zM8 8h.01M8 16h.01M12 8h4M12 16h4',
  // a keyhole
  vault: 'M5 5h14v14H5zM12 13v3M12 9.5a1.6 1.6 0 1 0 .01 0',
  // building blocks
  tofu: 'M5 13h6v6H5zM13 13h6v6h-6zM9 5h6v6H9z',
}

/** The badge that stands for a provider. Decorative unless `label` is given, because its name mostly stands beside it. */
export function ProviderMark({
  provider,
  label,
  size = 24,
}: {
  readonly provider: string
  readonly label?: string | undefined
  readonly size?: number | undefined
}) {
  const glyph = Object.hasOwn(glyphs, provider) ? glyphs[provider] : undefined
  return (
    <svg
      class="provider-mark"
      data-provider={provider}
      viewBox="0 0 24 24"
      width={size}
      height={size}
      role={label === undefined ? undefined : 'img'}
      aria-label={label}
      aria-hidden={label === undefined ? 'true' : undefined}
    >
      {glyph === undefined ? (
        <text x="12" y="16.5" text-anchor="middle" font-size="13" font-weight="600" fill="currentColor">
          {(provider[0] ?? '?').toUpperCase()}
        </text>
      ) : (
        <path
          d={glyph}
          fill="none"
          stroke="currentColor"
          stroke-width="1.7"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      )}
    </svg>
  )
}
