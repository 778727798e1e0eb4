import { lchown, rename, writeFile } from 'node:fs/promises'
import type { Owner } from './directory.ts'

/** A small file (0600) that belongs to the user PostgreSQL runs as, replaced as a whole. */
export async function writeOwned(path: string, text: string, owner: Owner): Promise<void> {
  const temporary = `${path}.part`
  await writeFile(temporary, text, { mode: 0o600, flush: true })
  await giveTo(temporary, owner)
  await rename(temporary, path)
}

export async function giveTo(path: string, owner: Owner): Promise<void> {
  if (owner.uid !== process.getuid?.()) await lchown(path, owner.uid, owner.gid)
}
