import { encode } from 'uqr'

/** Light modules around it: ISO/IEC 18004 wants four. */
const BORDER = 4

/** A QR code as one path. White below it whatever the theme: many readers know dark on light only. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const { size, data } = encode(text, { ecc: 'M', border: BORDER })
  const path = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : []))).join('')
  return (
    <svg class="picture" role="img" aria-label={label} width="240" height="240" viewBox={`0 0 ${size} ${size}`}>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" shape-rendering="crispEdges" />
    </svg>
  )
}
