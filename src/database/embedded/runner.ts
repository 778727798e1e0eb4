import { constants } from 'node:fs'
import { access, lstat, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StartError } from '#base'
import type { Binaries } from './binaries.ts'
import type { Owner, Places } from './directory.ts'
import { lastLines, runProgram } from './program.ts'

/** A way to run PostgreSQL as somebody else than root, which it refuses to be. */
export type Runner = {
  /** For people: "as uid 1000", "in a user namespace" … */
  readonly mode: string
  /** Who its files belong to, seen from our process. */
  readonly owner: Owner
  /** Put before the command. */
  readonly prefix: readonly string[]
  /** The user to spawn as, where that is not ours. */
  readonly user?: Owner
}

type Account = Owner & { readonly name: string }

/**
 * Tries the ways that fit this process, by letting PostgreSQL print its version from beside the directory, so that
 * every folder on the way to both was passed and every library loaded.
 *
 * @returns the first way that works, and the major version of the programs ("18")
 * @throws StartError when none does
 */
export async function chooseRunner(binaries: Binaries, places: Places, env: Record<string, string>) {
  const refusals: string[] = []
  for (const runner of await candidates(places)) {
    const ended = await runProgram({
      command: [
        ...runner.prefix,
        '/bin/sh',
        '-c',
        'cd "$1" && exec "$2" --version',
        'sh',
        dirname(places.directory),
        binaries.postgres,
      ],
      env,
      ...runner.user,
      timeout: 10_000,
    })
    const major = /^postgres \(PostgreSQL\) (\d+)/m.exec(ended.output)?.[1]
    if (ended.status === 0 && major) return { runner, major }
    refusals.push(`${runner.mode}: ${lastLines(ended.output, 2).replaceAll('\n', '; ') || `status ${ended.status}`}`)
  }
  throw cannotRun(binaries, places, refusals)
}

function cannotRun(binaries: Binaries, places: Places, refusals: readonly string[]): StartError {
  const tried = `Tried ${refusals.join(' | ')}.`
  if (process.platform === 'linux' && !hasGlibc()) {
    return new StartError(
      `The built-in PostgreSQL needs glibc 2.27 or newer, and this system has another C library (Alpine's musl?). Set DATABASE_URL to a PostgreSQL server, or use a Debian-based image. ${tried}`,
    )
  }
  const advice =
    process.getuid?.() === 0
      ? `PostgreSQL does not run as root. Run Trivet as a plain user, or let every user pass through the folders above ${places.directory} and ${binaries.directory} (chmod o+x), or set DATABASE_URL.`
      : 'See that the programs are there and may be executed (a noexec mount?), or set DATABASE_URL.'
  return new StartError(`The built-in PostgreSQL cannot be run here. ${advice} ${tried}`)
}

/** Node's own report names the glibc it runs with, and none under musl. */
function hasGlibc(): boolean {
  const report: unknown = process.report.getReport()
  if (typeof report !== 'object' || report === null || !('header' in report)) return true
  return typeof report.header === 'object' && report.header !== null && 'glibcVersionRuntime' in report.header
}

async function candidates(places: Places): Promise<Runner[]> {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const accounts = await readAccounts()
  const nobody = accounts.find((account) => account.name === 'nobody')
  const namespace = await inNamespace(own, nobody)
  if (own.uid !== 0) {
    const plain = { mode: `as uid ${own.uid}`, owner: own, prefix: [] }
    // initdb insists on a name for its uid, which a container started with `--user 12345` lacks.
    const nameless = accounts.length > 0 && !accounts.some((account) => account.uid === own.uid)
    return nameless ? [...namespace, plain] : [plain]
  }
  const clusterOwner = await ownerOf(places.cluster)
  const parentOwner = await ownerOf(dirname(places.directory))
  return [
    // Who it belongs to already: a start with sudo must not lock the person out of the later ones without.
    ...(clusterOwner && clusterOwner.uid !== 0 ? [asUser(clusterOwner, accounts)] : []),
    ...namespace,
    ...accounts
      .filter(({ uid }) => uid !== 0 && uid === parentOwner?.uid)
      .slice(0, 1)
      .map((account) => asUser(account, accounts)),
    ...(nobody ? [asUser(nobody, accounts), ...(await withPassage(nobody))] : []),
  ]
}

function asUser(owner: Owner, accounts: readonly Account[]): Runner {
  const name = accounts.find((account) => account.uid === owner.uid)?.name ?? `uid ${owner.uid}`
  const user = { uid: owner.uid, gid: owner.gid }
  return { mode: `as ${name}`, owner: user, prefix: [], user }
}

/**
 * A user namespace of its own, in which we are `nobody`: PostgreSQL sees a plain user, while the files stay ours and
 * every folder we can pass can be passed. Containers often refuse it.
 */
async function inNamespace(own: Owner, nobody: Account | undefined): Promise<Runner[]> {
  const unshare = await findTool('unshare')
  if (!unshare || !nobody) return []
  const prefix = [unshare, '--user', `--map-user=${nobody.uid}`, `--map-group=${nobody.gid}`]
  return [{ mode: 'in a user namespace', owner: own, prefix }]
}

/**
 * As nobody, with one capability left: to pass folders that are closed to others, such as a data directory of mode
 * 0700. `no_setuid_fixup` lets access(2), which PostgreSQL asks about its own program, count it too
 * (capabilities(7), "The securebits flags").
 */
async function withPassage(nobody: Account): Promise<Runner[]> {
  const setpriv = await findTool('setpriv')
  if (!setpriv) return []
  const only = '-all,+dac_override'
  const capabilities = [`--inh-caps=${only}`, `--ambient-caps=${only}`, `--bounding-set=${only}`]
  const user = [`--reuid=${nobody.uid}`, `--regid=${nobody.gid}`, '--clear-groups', '--securebits=+no_setuid_fixup']
  const owner = { uid: nobody.uid, gid: nobody.gid }
  return [{ mode: 'as nobody with dac_override', owner, prefix: [setpriv, ...user, ...capabilities] }]
}

/** util-linux, where distributions put it. */
async function findTool(name: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  for (const folder of ['/usr/bin', '/bin', '/usr/sbin', '/run/current-system/sw/bin']) {
    const path = `${folder}/${name}`
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return path
  }
  return undefined
}

async function ownerOf(path: string): Promise<Owner | undefined> {
  return lstat(path).then(
    ({ uid, gid }) => ({ uid, gid }),
    () => undefined,
  )
}

async function readAccounts(): Promise<Account[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = ''] = line.split(':')
    return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
  })
}
