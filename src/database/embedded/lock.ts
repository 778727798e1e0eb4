import { randomBytes } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StartError } from '#base'
import { directoryError, lockPrefix } from './directory.ts'
import { type LockPlace, placeInside, placeOutside } from './lock-place.ts'

export type Lock = { release(): void }

/** Another process has the directory: it may be asked to share its server, see `runningEmbeddedPostgres`. */
export class DirectoryInUse extends StartError {}

type Claim = { readonly name: string; hold(): void; close(): void }

const rounds = 10

/**
 * One process per directory. The lock is a listening Unix socket: the kernel stops answering for it when its process
 * ends in any way, so neither kill -9, nor a reused pid, nor a reboot leaves it behind.
 *
 * Each contender first listens under a name of its own and then looks for others, so of two at once at least one sees
 * the other; it withdraws, and tries again after a random moment unless the other one already holds the lock. A name
 * is never used twice, so removing one that nobody answers for is safe.
 *
 * @throws DirectoryInUse when another process holds it
 */
export async function lockDirectory(directory: string): Promise<Lock> {
  let place = placeInside(directory)
  try {
    for (let round = 1; ; round++) {
      let claim: Claim
      try {
        claim = await openClaim(place)
      } catch (error) {
        if (place.folder !== directory || !lacksSockets(error)) throw await directoryError(directory, error)
        place.close()
        place = placeOutside(directory)
        claim = await openClaim(place)
      }
      const others = await livingOthers(place, claim.name).catch((error: unknown) => {
        claim.close()
        throw error
      })
      if (others?.length === 0) return holding(claim, place)
      claim.close()
      const holder = others?.find((other) => other.holds)
      if (holder || round === rounds) throw inUse(directory, pidIn((holder ?? others?.[0])?.name))
      await sleep(20 + Math.random() * 80)
    }
  } catch (error) {
    place.close()
    throw error
  }
}

function holding(claim: Claim, place: LockPlace): Lock {
  claim.hold()
  let held = true
  return {
    release: () => {
      if (!held) return
      held = false
      claim.close()
      place.close()
    },
  }
}

/** What bind(2) says on file systems such as FAT or some of the shared folders of virtual machines. */
function lacksSockets(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'EINVAL' || code === 'EPERM' || code === 'ENOSYS'
}

function inUse(directory: string, pid: number | undefined): DirectoryInUse {
  const who = pid === undefined ? 'another Trivet process' : `another Trivet process (pid ${pid})`
  return new DirectoryInUse(
    `The database directory ${directory} is in use by ${who}. Stop that one first, or set TRIVET_DATA_DIR to another directory for this one.`,
  )
}

async function openClaim(place: LockPlace): Promise<Claim> {
  const name = `${lockPrefix}${process.pid}-${randomBytes(8).toString('hex')}`
  let held = false
  const server = createServer((socket) => {
    socket.unref()
    socket.on('error', () => {})
    socket.end(held ? 'held' : 'claimed')
  })
  await listen(server, join(place.address, name))
  server.unref()
  return {
    name,
    hold: () => {
      held = true
    },
    // The socket and its name go at once; the callback would wait for whoever is still asking.
    close: () => void server.close(),
  }
}

/** Open to every user that can reach the folder (0700): asking a socket needs the right to write to it. */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path, readableAll: true, writableAll: true }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** The other claims somebody answers for; undefined when our own was taken for a dead one between bind and listen. */
async function livingOthers(place: LockPlace, own: string): Promise<{ name: string; holds: boolean }[] | undefined> {
  const names = (await readdir(place.folder)).filter((name) => name.startsWith(lockPrefix))
  if (!names.includes(own)) return undefined
  const living: { name: string; holds: boolean }[] = []
  for (const name of names) {
    if (name === own) continue
    const answer = await ask(join(place.address, name))
    if (answer === 'gone') await rm(join(place.folder, name), { force: true })
    else living.push({ name, holds: answer === 'held' })
  }
  return living
}

/** A process that listens but does not answer (stopped, or busy) is there all the same. */
function ask(path: string): Promise<'held' | 'claimed' | 'gone'> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(path)
    socket.setTimeout(1000, () => {
      resolve('held')
      socket.destroy()
    })
    socket.on('data', (chunk) => {
      answer += chunk.toString()
    })
    socket.on('error', (error: Error & { code?: string }) => {
      resolve(error.code === 'ECONNREFUSED' || error.code === 'ENOENT' || error.code === 'ENOTSOCK' ? 'gone' : 'held')
    })
    socket.on('close', () => resolve(answer === 'held' ? 'held' : 'claimed'))
  })
}

function pidIn(name = ''): number | undefined {
  const pid = Number(name.slice(lockPrefix.length).split('-')[0])
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
}
