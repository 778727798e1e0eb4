import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that holds the claims to a directory, and the name it has in a socket address. */
export type LockPlace = { readonly folder: string; readonly address: string; close(): void }

/** A socket address holds 108 bytes on Linux, 104 on macOS (`sun_path`); the claim's own name takes up to 40. */
const longest = 60

/** The directory itself. On Linux a long path is shortened by way of an open descriptor of it. */
export function placeInside(directory: string): LockPlace {
  if (Buffer.byteLength(directory) <= longest) return { folder: directory, address: directory, close: () => {} }
  if (process.platform !== 'linux') return placeOutside(directory)
  const descriptor = openSync(directory, 'r')
  return { folder: directory, address: `/proc/self/fd/${descriptor}`, close: () => closeSync(descriptor) }
}

/** For file systems without sockets: a folder of the machine, named after the directory's device and inode. */
export function placeOutside(directory: string): LockPlace {
  const { dev, ino } = statSync(directory)
  const name = createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 12)
  const folder = join(tmpdir(), `trivet-${name}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return { folder, address: folder, close: () => {} }
}
