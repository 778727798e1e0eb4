import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type RunningProxy, startShipped } from '../../e2e/harness/proxies.ts'
import { freePort, keepWatchOf } from '../product.ts'
import type { Rules } from './fastify.ts'

/** Measurements run bundled, from `dist`. */
const FOLDER = join(import.meta.dirname, '../deploy/forward-auth')
const STAGES = ['previous', 'signing', 'next']

type Behind = { readonly upstream: string }

/** nginx as it ships, which asks the product about each request. */
export async function startNginx(
  at: Behind & { readonly port: number; readonly host: string; readonly product: string },
): Promise<RunningProxy> {
  const changes = {
    '127.0.0.1:3000': addressOf(at.product),
    '127.0.0.1:8080': addressOf(at.upstream),
    'app.localhost:8000': at.host,
    'listen 127.0.0.1:8000': `listen 127.0.0.1:${at.port}`,
  }
  return kept(await startShipped('nginx', { port: at.port, changes, folder: FOLDER }))
}

/**
 * HAProxy as it ships, which verifies by itself; on one thread, as the others. All three of its keys are the same: of a
 * server whose key has just changed it would verify twice.
 */
export async function startHaproxy(
  at: Behind & { readonly directory: string; readonly alg: 'ES256' | 'RS256'; readonly rules: Rules },
): Promise<RunningProxy> {
  const { directory, alg, rules } = at
  const port = await freePort()
  const key = join(directory, `haproxy-${alg}.pem`)
  await writeFile(key, rules.publicKey)
  const changes = {
    ...Object.fromEntries(STAGES.map((stage) => [`/etc/haproxy/trivet-${stage}.pem`, key])),
    'maxconn 4096': 'maxconn 4096\n    nbthread 1',
    'http://localhost:3000': rules.issuer,
    'https://api.example/notes': rules.audience,
    'notes:read': rules.scope,
    ES256: alg,
    '127.0.0.1:8000': `127.0.0.1:${port}`,
    '127.0.0.1:8080': addressOf(at.upstream),
  }
  return kept(await startShipped('haproxy', { port, changes, folder: FOLDER }))
}

function kept(proxy: RunningProxy): RunningProxy {
  const gone = keepWatchOf(proxy.pid)
  return { ...proxy, stop: () => proxy.stop().then(gone) }
}

const addressOf = (url: string) => `127.0.0.1:${new URL(url).port}`
