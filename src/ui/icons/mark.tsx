/** The trivet: a ring on three legs, in the colour of the text around it. Decorative: the name stands beside it. */
export function Mark({ size = 28 }: { readonly size?: number | undefined }) {
  return (
    <svg class="mark" viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
      <g fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round">
        <ellipse cx="16" cy="10.5" rx="12" ry="5.5" />
        <path d="M4.6 13 3 25.5M27.4 13 29 25.5M16 16.5V29" />
      </g>
    </svg>
  )
}
