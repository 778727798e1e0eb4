import { isLoopbackUrl } from './loopback.ts'
import type { SettingReader } from './reader.ts'

/** How the stand-ins for providers are run and reached. */
export type SandboxConfig = {
  /** Whether providers without credentials (`auto`) or all of them (`on`) are played by the sandbox. */
  readonly mode: 'auto' | 'on' | 'off'
  /** Port to start it on; 0 with a running one (`TRIVET_SANDBOX_URL`). */
  readonly port: number
  /** A sandbox that already runs: none is started. */
  readonly external: string | undefined
  /** Path under which the product passes requests on to it. */
  readonly mount: string | undefined
  /** Base of the addresses that the server calls. */
  readonly url: string
  /** Base of the addresses that a browser is sent to: differs from `url` when mounted. */
  readonly browserUrl: string
}

/** `auto` becomes `off` where imitated sign-ins must not appear: in production, and on hosts that are not loopback. */
export function readSandbox(read: SettingReader, publicUrl: string): SandboxConfig {
  const asked = read.oneOf('TRIVET_SANDBOX', ['auto', 'on', 'off'], 'auto')
  const port = read.integer('TRIVET_SANDBOX_PORT', 3001, { least: 1, most: 65535 })
  const mount = read.path('TRIVET_SANDBOX_MOUNT')
  const external = read.url('TRIVET_SANDBOX_URL')
  const loopback = isLoopbackUrl(publicUrl)
  if (asked === 'on' && !loopback && !mount) {
    read.problem(
      'TRIVET_SANDBOX=on with a public URL that is not loopback: anybody could sign in as anybody. Set TRIVET_SANDBOX_MOUNT=/sandbox if that is what you want.',
    )
  }
  if (asked === 'off' && mount) read.problem('TRIVET_SANDBOX_MOUNT is set, but TRIVET_SANDBOX=off. Remove one of them.')
  if (asked === 'off' && external)
    read.problem('TRIVET_SANDBOX_URL is set, but TRIVET_SANDBOX=off. Remove one of them.')
  const automatic = asked === 'auto' && (read.text('NODE_ENV') === 'production' || !loopback)
  const url = external ?? `http://127.0.0.1:${port}`
  return {
    mode: automatic ? 'off' : asked,
    port,
    external,
    mount,
    url,
    browserUrl: mount ? `${publicUrl}${mount}` : url,
  }
}
