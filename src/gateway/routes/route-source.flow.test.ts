import { appendFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StartError } from '#base'
import { capturedLog } from '#testing'
import { createRouteSource, type RouteSource } from './route-source.ts'

const route = (path: string, more = '') => `    - {path: ${path}, upstream: "http://127.0.0.1:4000"${more}}\n`
const HEAD = 'gateway:\n  routes:\n'
const GOOD = `${HEAD}${route('/a')}`
/** Longer than it takes to notice, and to see that nothing is written any more. */
const SOON = { timeout: 8000, interval: 50 }

let directory: string
let file: string
const sources: RouteSource[] = []
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trivet-routes-'))
  file = join(directory, 'trivet.yaml')
})
afterEach(async () => {
  for (const source of sources.splice(0)) source.close()
  await rm(directory, { recursive: true })
})

async function start(at = file): Promise<RouteSource> {
  const source = createRouteSource({
    ...{ file: at, log: capturedLog().log, builtIn: [], ownHost: 'id.example' },
    rules: { publicUrl: 'https://id.example', ownSegments: () => new Set() },
  })
  sources.push(source)
  await source.start()
  return source
}
const paths = (source: RouteSource) => source.table().routes.map(({ path }) => path)
const told = (source: RouteSource) => source.problems().map(({ message }) => message)

describe('a file that says no more which routes there are', () => {
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['emptied', () => writeFile(file, ''), /names no routes/],
    ['of comments only', () => writeFile(file, '# soon\n'), /names no routes/],
    ['with a gateway without routes', () => writeFile(file, 'gateway: {}\n'), /names no routes/],
    ['gone', () => rm(file), /the file is gone/],
    ['misspelt at its top', () => writeFile(file, GOOD.replace('gateway', 'gatway')), /gatway: no such setting/],
    ['replaced by a folder', () => rm(file).then(() => mkdir(file)), /cannot be read: it is a folder/],
  ])(
    '%s: the routes before it stay, and it is a problem until it is mended',
    async (_how, spoil, message) => {
      await writeFile(file, GOOD)
      const source = await start()
      await spoil()
      await expect.poll(() => told(source), SOON).toEqual([expect.stringMatching(message)])
      expect(paths(source)).toEqual(['/a'])
      expect(source.isAbsent()).toBe(false)
      await rm(file, { recursive: true, force: true })
      await writeFile(file, GOOD)
      await expect.poll(() => told(source), SOON).toEqual([])
      expect(paths(source)).toEqual(['/a'])
    },
    20_000,
  )

  it('none are meant where it says so', async () => {
    await writeFile(file, GOOD)
    const source = await start()
    await writeFile(file, 'gateway: {routes: []}')
    await expect.poll(() => paths(source), SOON).toEqual([])
    expect([told(source), source.isAbsent()]).toEqual([[], false])
  })

  it('is absent only where there was none since the start', async () => {
    const none = await start()
    expect(none.isAbsent()).toBe(true)
    await writeFile(file, GOOD)
    await expect.poll(() => paths(none), SOON).toEqual(['/a'])
    expect(none.isAbsent()).toBe(false)
    await writeFile(join(directory, 'empty.yaml'), '')
    expect((await start(join(directory, 'empty.yaml'))).isAbsent()).toBe(false)
    await writeFile(join(directory, 'wrong.yaml'), GOOD.replace('/a', 'a'))
    const wrong = await start(join(directory, 'wrong.yaml'))
    expect([wrong.isAbsent(), paths(wrong), told(wrong).length]).toEqual([false, [], 1])
  })
})

describe('a change of the file is seen', () => {
  it('behind symbolic links, of which the last one leads elsewhere', async () => {
    await mkdir(join(directory, 'real'))
    const real = join(directory, 'real', 'routes.yaml')
    await writeFile(real, GOOD)
    await symlink(real, join(directory, 'real', 'link'))
    await mkdir(join(directory, 'conf'))
    await symlink(join(directory, 'real', 'link'), join(directory, 'conf', 'trivet.yaml'))
    const source = await start(join(directory, 'conf', 'trivet.yaml'))
    expect(paths(source)).toEqual(['/a'])
    await writeFile(real, `${HEAD}${route('/b')}`)
    await expect.poll(() => paths(source), SOON).toEqual(['/b'])
  }, 15_000)

  it('when another one is moved into its place', async () => {
    await writeFile(file, GOOD)
    const source = await start()
    await writeFile(join(directory, 'new'), `${HEAD}${route('/b')}`)
    await rename(join(directory, 'new'), file)
    await expect.poll(() => paths(source), SOON).toEqual(['/b'])
  })

  it('once it is written to its end, not half of it: what is guarded is not open meanwhile', async () => {
    await writeFile(file, GOOD)
    const source = await start()
    const seen = new Set<string>()
    const look = setInterval(() => seen.add(paths(source).join()), 10)
    await writeFile(file, `${HEAD}${route('/', ', host: app.example, access: public')}`)
    for (let n = 0; n < 4; n += 1) {
      await new Promise((resolve) => setTimeout(resolve, 150))
      await appendFile(file, route(`/admin${n}`, ', host: app.example, scopes: admin'))
    }
    await expect.poll(() => paths(source), SOON).toHaveLength(5)
    clearInterval(look)
    expect([...seen]).toEqual(['/a', '/,/admin0,/admin1,/admin2,/admin3'].slice(0, seen.size))
  }, 15_000)
})

describe('what stops the start says what to do', () => {
  it('a folder in the place of the file', async () => {
    await mkdir(file)
    const failed = start()
    await expect(failed).rejects.toThrow(StartError)
    await expect(failed).rejects.toThrow(/cannot be read: it is a folder. It need not be there/)
  })

  it('a file in a folder that is not there', async () => {
    const failed = start(join(directory, 'nowhere', 'trivet.yaml'))
    await expect(failed).rejects.toThrow(StartError)
    await expect(failed).rejects.toThrow(/folder of .* is not there.*TRIVET_FILE/)
  })
})
