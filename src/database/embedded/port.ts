import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { Owner } from './directory.ts'
import { writeOwned } from './owned-file.ts'

/** The port of the last start: kept, so that a tool's bookmark stays valid. */
export async function rememberedPort(path: string): Promise<number | undefined> {
  const port = Number(await readFile(path, 'utf8').catch(() => ''))
  return Number.isInteger(port) && port > 1023 && port < 65536 ? port : undefined
}

export async function rememberPort(path: string, port: number, owner: Owner): Promise<void> {
  if ((await rememberedPort(path)) !== port) await writeOwned(path, String(port), owner)
}

/** A free port of the kernel's choice. */
export function freePort(): Promise<number> {
  return tryPort(0)
}

export function isFree(port: number): Promise<boolean> {
  return tryPort(port).then(
    () => true,
    () => false,
  )
}

function tryPort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address()
      server.close(() => {
        if (typeof address === 'object' && address) resolve(address.port)
        else reject(new Error('no port'))
      })
    })
  })
}
