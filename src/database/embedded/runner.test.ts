import { spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findBinaries } from './binaries.ts'
import { copyPrograms, isRoot, noMounts, startOwner, temporaryFolder, withMounts, without } from './machine.fixture.ts'

const nobody = 65534

/** Whether a plain user can run this checkout: its Node, its sources, its programs. */
const reach = (path: string) => spawnSync('test', ['-r', path], { uid: nobody, gid: nobody, cwd: '/' }).status === 0
const closed = isRoot && ![process.execPath, import.meta.filename, findBinaries().postgres].every(reach)
const notAsPlain = isRoot ? closed && 'this checkout is closed to other users' : 'needs root to become others'

/** A folder every user may pass, in the temporary folder, which is such a one too. */
async function openFolder(): Promise<string> {
  const folder = await temporaryFolder()
  await chmod(folder, 0o755)
  return folder
}

async function started(owner: ReturnType<typeof startOwner>) {
  const line = await owner.line()
  await owner.stop()
  return line
}

test.skipIf(noMounts)(
  `as root with everything under 0700 and no such user as postgres (${noMounts || 'mounted'})`,
  async () => {
    const folder = await temporaryFolder()
    const programs = await copyPrograms(folder, { links: true })
    const directory = join(folder, 'data', 'postgres')
    const users = 'root:x:0:0:root:/root:/bin/sh\\nnobody:x:65534:65534:nobody:/:/bin/false\\n'
    const fewUsers = withMounts(`printf '${users}' > ${folder}/passwd\nmount --bind ${folder}/passwd /etc/passwd`)
    const inNamespace = await started(startOwner(directory, { binaries: programs, before: fewUsers }))
    expect(inNamespace).toMatchObject({ mode: 'in a user namespace' })
    // Containers mostly refuse user namespaces: one capability gets nobody through the closed folders.
    const passing = await started(startOwner(directory, { binaries: programs, before: without('unshare') }))
    expect(passing).toMatchObject({ mode: 'as nobody with dac_override', port: inNamespace['port'] })
    // And back.
    expect(await started(startOwner(directory, { binaries: programs }))).toHaveProperty('port')
    const stuck = startOwner(directory, { binaries: programs, before: without('unshare', 'setpriv') })
    expect((await stuck.line())['refused']).toMatch(/does not run as root\..*chmod o\+x.*DATABASE_URL/)
  },
)

test.skipIf(noMounts || notAsPlain)(
  `as root without user namespaces: as nobody, and other modes can go on with its files (${noMounts || notAsPlain || 'mounted'})`,
  async () => {
    const directory = join(await openFolder(), 'postgres')
    const dropped = await started(startOwner(directory, { before: without('unshare') }))
    expect(dropped).toMatchObject({ mode: 'as nobody', uid: 0 })
    expect((await stat(directory)).uid).toBe(nobody)
    expect((await stat(join(directory, 'cluster', 'port'))).uid).toBe(nobody)
    // The same user without root.
    expect(await started(startOwner(directory, { uid: nobody }))).toMatchObject({ mode: 'as uid 65534', uid: nobody })
    // Root again, which keeps to the owner it finds.
    expect(await started(startOwner(directory))).toMatchObject({ mode: 'as nobody', port: dropped['port'] })
  },
)

test.skipIf(notAsPlain)(`as a plain user, and not on what belongs to root (${notAsPlain || 'as nobody'})`, async () => {
  const folder = await openFolder()
  const directory = join(folder, 'own', 'postgres')
  await mkdir(join(folder, 'own'))
  await chown(join(folder, 'own'), nobody, nobody)
  expect(await started(startOwner(directory, { uid: nobody }))).toMatchObject({ mode: 'as uid 65534', uid: nobody })

  const ofRoot = join(folder, 'root', 'postgres')
  await mkdir(ofRoot, { recursive: true })
  const other = startOwner(ofRoot, { uid: nobody })
  expect((await other.line())['refused']).toMatch(
    /belongs to uid 0, and this process runs as uid 65534.*chown -R 65534/,
  )
  const above = startOwner(join(folder, 'root', 'other'), { uid: nobody })
  expect((await above.line())['refused']).toMatch(/root belongs to uid 0, and this process runs as uid 65534/)
})

test.skipIf(notAsPlain)(
  `a start with sudo keeps a person’s database theirs (${notAsPlain || 'as nobody'})`,
  async () => {
    const folder = await openFolder()
    await chown(folder, nobody, nobody)
    await chmod(folder, 0o700)
    const directory = join(folder, 'postgres')
    const own = await started(startOwner(directory, { uid: nobody }))
    expect(await started(startOwner(directory))).toMatchObject({ mode: 'as nobody', uid: 0, port: own['port'] })
    expect(await started(startOwner(directory, { uid: nobody }))).toMatchObject({ port: own['port'] })
  },
)

test.skipIf(notAsPlain)(`a uid without a name, as containers give (${notAsPlain || 'uid 54321'})`, async () => {
  const folder = await openFolder()
  await chown(folder, 54321, 54321)
  const names = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':')[2])
  expect(names).not.toContain('54321')
  const directory = join(folder, 'postgres')
  expect(await started(startOwner(directory, { uid: 54321 }))).toMatchObject({
    mode: 'in a user namespace',
    uid: 54321,
  })
})
