import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

/** Names in pages → names with their hash; and the files, compressed forms included. */
export type BuiltAssets = {
  readonly manifest: Readonly<Record<string, string>>
  readonly files: ReadonlyMap<string, Buffer>
}

/** Reads what the build made: small enough to be kept in memory, compressed forms included. */
export function readAssets(directory: string): BuiltAssets {
  const manifest: Record<string, string> = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'))
  const files = new Map<string, Buffer>()
  for (const name of readdirSync(directory)) {
    if (name !== 'manifest.json') files.set(name, readFileSync(join(directory, name)))
  }
  return { manifest, files }
}

/** `GET /assets/<name>.<hash>.<ext>`: never changes under its name. */
export function assetRoute(server: FastifyInstance, assets: BuiltAssets): void {
  server.get<{ Params: { file: string } }>('/assets/:file', async (request, reply) => {
    const { file } = request.params
    const type = TYPES[file.split('.').at(-1) ?? '']
    const plain = assets.files.get(file)
    if (!plain || type === undefined) return reply.callNotFound()
    const accepted = acceptedCodings(request.headers['accept-encoding'])
    const form = [
      { name: 'br', suffix: '.br' },
      { name: 'gzip', suffix: '.gz' },
    ].find(({ name, suffix }) => accepted.has(name) && assets.files.has(`${file}${suffix}`))
    if (form) reply.header('content-encoding', form.name)
    return reply
      .type(type)
      .header('vary', 'accept-encoding')
      .header('cache-control', 'public, max-age=31536000, immutable')
      .send(form ? assets.files.get(`${file}${form.suffix}`) : plain)
  })
}

/** The codings that `Accept-Encoding` names, without those it refuses by `q=0` (RFC 9110 §12.5.3). */
function acceptedCodings(header: string | string[] = ''): Set<string> {
  const named = String(header)
    .toLowerCase()
    .split(',')
    .map((part) => part.split(';'))
  return new Set(
    named.filter(([, weight = '']) => !/^\s*q=0(\.0*)?\s*$/.test(weight)).map(([coding = '']) => coding.trim()),
  )
}
