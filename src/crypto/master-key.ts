import { randomBytes } from 'node:crypto'
import { chmod, link, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Secret, StartError } from '#base'
import { type Keyring, parseKeyring } from './keyring.ts'

const FILE = 'master-key'

/**
 * The keyring from the setting, or from `<data dir>/master-key`, which the first start makes with mode 0600.
 *
 * @param options.dataDir is there already
 * @throws StartError when the file cannot be read or made, or is not a key.
 */
export async function loadKeyring(options: { setting: Secret | undefined; dataDir: string }): Promise<Keyring> {
  if (options.setting) return parseKeyring(options.setting.reveal())
  const path = join(options.dataDir, FILE)
  const existing = await readKey(path)
  if (existing !== undefined) return parseStored(existing, path)
  return parseKeyring(await createKey(path))
}

function parseStored(text: string, path: string): Keyring {
  try {
    return parseKeyring(text)
  } catch (error) {
    throw new StartError(`The master key in ${path} is damaged: restore that file from a backup.`, { cause: error })
  }
}

async function readKey(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8')
    await chmod(path, 0o600)
    return text.trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw cannotUse(path, 'read', error)
  }
}

/** The random id tells keys of two installations apart. Written and synced under another name, then linked: `link` fails where a process that started beside us was first. */
async function createKey(path: string): Promise<string> {
  const key = `k${randomBytes(4).toString('hex')}:${randomBytes(32).toString('base64url')}`
  // Not the process id: two containers on one volume may both be process 1.
  const draft = `${path}.${randomBytes(4).toString('hex')}`
  try {
    const file = await open(draft, 'wx', 0o600)
    await file.writeFile(`${key}\n`)
    await file.sync()
    await file.close()
    await link(draft, path)
    return key
  } catch (error) {
    const other = await readKey(path)
    if (other !== undefined) return other
    throw cannotUse(path, 'written', error)
  } finally {
    await rm(draft, { force: true })
  }
}

function cannotUse(path: string, what: 'read' | 'written', cause: unknown): StartError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const remedy =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'Its disk is full: free some space'
      : 'Change the permissions of that place'
  const why = cause instanceof Error ? cause.message : 'unknown error'
  return new StartError(
    `The master key cannot be ${what} at ${path} (${why}). ${remedy}, or set TRIVET_DATA_DIR to another directory.`,
    { cause },
  )
}
