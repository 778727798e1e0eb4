import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { folderWith, sourceOf, useBuiltLoader } from './built.fixture.ts'

const load = useBuiltLoader()

/** What is said of one file, alone in its folder. */
async function troubleWith(source: string, more: Readonly<Record<string, string>> = {}) {
  const folder = await folderWith({ 'mashups/one.ts': source, ...more })
  const { broken } = await load(join(folder, 'mashups'))
  expect(broken).toHaveLength(1)
  const [trouble] = broken
  expect(trouble?.file).toBe('mashups/one.ts')
  return { line: trouble?.line, message: trouble?.message ?? '' }
}

describe('a folder of mash-ups', () => {
  it('gives what each source directly in it exports: with the page /<id> unless told, in the order of the names', async () => {
    const folder = await folderWith({
      'package.json': '{ "type": "commonjs" }',
      'mashups/b.ts': sourceOf('second', "path: '/b-page'"),
      'mashups/a.mts': sourceOf('first'),
      'mashups/c.js': sourceOf('third').replace(' as string', ''),
      'mashups/d.mjs': sourceOf('fourth').replace(' as string', ''),
      'mashups/lib/words.ts': 'export const words = []',
      'mashups/types.d.ts': 'declare const x: string',
      'mashups/a.test.ts': 'throw new Error()',
      'mashups/.#b.ts': 'throw new Error()',
      'mashups/notes.md': '# Notes',
    })
    const { mashups, broken, log } = await load(join(folder, 'mashups'))
    expect(broken).toEqual([])
    expect(mashups.map(({ id, path }) => [id, path])).toEqual([
      ['first', '/first'],
      ['second', '/b-page'],
      ['third', '/third'],
      ['fourth', '/fourth'],
    ])
    expect(log).toEqual([])
  })

  it('need not be there, and may be empty', async () => {
    const folder = await folderWith({ 'empty/readme.txt': '' })
    for (const name of ['nowhere', 'empty']) {
      expect(await load(join(folder, name))).toEqual({ mashups: [], broken: [], log: [] })
    }
  })

  it('that is none stops the start with the setting’s name', async () => {
    const folder = await folderWith({ mashups: 'a file' })
    expect((await load(join(folder, 'mashups'))).refusal).toMatch(/^TRIVET_MASHUPS is .*mashups, which is no folder/)
  })

  it('may be reached by a symbolic link', async () => {
    const folder = await folderWith({ 'real/one.ts': sourceOf('one') })
    await symlink(join(folder, 'real'), join(folder, 'mashups'))
    const { mashups } = await load(join(folder, 'mashups'))
    expect(mashups.map(({ id }) => id)).toEqual(['one'])
  })

  it.skipIf(process.platform === 'win32')(
    'a pipe with the name of a source is passed over, not waited for',
    async () => {
      const folder = await folderWith({ 'mashups/one.ts': sourceOf('one') })
      await promisify(execFile)('mkfifo', [join(folder, 'mashups/pipe.ts')])
      expect((await load(join(folder, 'mashups'))).mashups.map(({ id }) => id)).toEqual(['one'])
    },
  )

  it('a file that ends the process is named, and the end is no success', async () => {
    const folder = await folderWith({ 'mashups/end.ts': 'process.exit(0)' })
    const ended = load(join(folder, 'mashups'))
    await expect(ended).rejects.toMatchObject({ code: 1 })
  })

  it('and its files may have any names', async () => {
    const folder = await folderWith({
      'my mash-ups #1, 100%/käse brot.ts': sourceOf('one'),
      'my mash-ups #1, 100%/b (2).ts': "import './nowhere.ts'\n",
      'my mash-ups #1, 100%/c d.ts': "\n\nthrow new Error('no')\n",
    })
    const { mashups, broken } = await load(join(folder, 'my mash-ups #1, 100%'))
    expect(mashups.map(({ id }) => id)).toEqual(['one'])
    expect(broken.map(({ file, line }) => [file, line])).toEqual([
      ['my mash-ups #1, 100%/b (2).ts', 1],
      ['my mash-ups #1, 100%/c d.ts', 3],
    ])
  })

  it('gives each the version of its text and of what it needs from the folder: runs of another are not continued', async () => {
    const helped = `import { words } from './lib/words.ts'\n${sourceOf('helped')}// words\n`
    const files = {
      'mashups/helped.ts': `${helped}export { words }\n`,
      'mashups/alone.ts': sourceOf('alone'),
      'mashups/lib/words.ts': "export { words } from './more.ts'\n",
      'mashups/lib/more.ts': 'export const words = 1\n',
    }
    const folder = await folderWith(files)
    const versions = async (where = folder) => {
      const { mashups } = await load(join(where, 'mashups'))
      expect(mashups.map(({ id }) => id)).toEqual(['alone', 'helped'])
      return mashups.map(({ version }) => version)
    }
    const [alone, withHelper] = await versions()
    expect(await versions(await folderWith(files))).toEqual([alone, withHelper])
    await writeFile(join(folder, 'mashups/lib/more.ts'), 'export const words = 2\n')
    const changed = await versions()
    expect(changed[0]).toBe(alone)
    expect(changed[1]).not.toBe(withHelper)
    await writeFile(join(folder, 'mashups/alone.ts'), `${sourceOf('alone')}\n// edited`)
    expect((await versions())[0]).not.toBe(alone)
  })
})

/** What is wrong, the kind of file, its text, the line that is told, and words that are. */
const FAULTS: readonly (readonly [string, string, string, number | undefined, string])[] = [
  ['a syntax error', 'ts', sourceOf('one', "path: '/one' title"), 4, 'SyntaxError: '],
  ['a syntax error in JavaScript', 'js', "import 'trivet/mashup'\n\nconst a = = 1\n", 3, 'SyntaxError: '],
  ['one that only V8 sees', 'ts', 'const a: number = 1\n\nconst a = 2\n', 3, 'already been declared'],
  ['TypeScript that is more than types', 'ts', 'const a = 1\nenum Mood { Happy }\n', 2, 'enum is not supported'],
  ['CommonJS', 'js', "\nconst { mashup } = require('trivet/mashup')\n", 2, 'require is not defined'],
  ['an error while it is loaded', 'ts', "const a: string = 'b'\n\nnever.mind(a)\n", 3, 'ReferenceError: never'],
  ['something thrown that is no error', 'ts', "throw 'a text'\n", undefined, 'threw "a text"'],
  ['an import that is not there', 'ts', "\nimport './nowhere.ts'\n", 2, '"./nowhere.ts" cannot be imported'],
  ['a package that is not there', 'ts', "\n\nimport 'left-pad-of-mine'\n", 3, '"left-pad-of-mine" cannot be'],
  ['a name that trivet/mashup has not', 'ts', "import { RunResult } from 'trivet/mashup'\n", 1, '"import type"'],
  ['waiting for ever', 'ts', 'await new Promise(() => setInterval(() => {}, 1000))\n', undefined, 'after 0.4 s'],
  ['no default export', 'ts', 'export const a = 1\n', undefined, "export default mashup('f"],
  ['another default export', 'ts', '\nexport default { id: 1 }\n', 2, 'does not come from mashup()'],
  ['a bad id', 'ts', sourceOf('Not An Id'), 3, 'an id is lower case'],
  ['no steps', 'ts', sourceOf('one').replace(/ {2}steps.*\n/, ''), 3, 'steps must be a list of names'],
  ['no title', 'ts', sourceOf('one').replace("title: 'A title',", ''), 3, 'title must be a text'],
  [
    'a field that is none',
    'ts',
    sourceOf('one').replace(/form: .*/, "form: { name: 'Name' },"),
    3,
    'form.name must be a field',
  ],
  ['an account that is none', 'ts', sourceOf('one', 'connect: { drive: 1 }'), 3, 'connect.drive must be an account'],
  ['a service that is none', 'ts', sourceOf('one', 'use: { cats: () => 1 }'), 3, 'use.cats must be a service'],
  ['the id of one that ships', 'ts', sourceOf('parcels', "path: '/mine'"), 3, 'The id "parcels"'],
  ['the path of one that ships', 'ts', sourceOf('one', "path: '/parcels'"), 4, 'The path /parcels'],
  ['its action at the root', 'ts', sourceOf('one', "path: '/send_parcel'"), 4, 'The path /send_parcel'],
  ['a page of the server', 'ts', sourceOf('runs'), 3, 'The path /runs'],
  ['one that is yet to come', 'ts', sourceOf('one', "path: '/uploads'"), 4, 'The path /uploads'],
  ['a path that a setting has', 'ts', sourceOf('one', "path: '/callback'"), 4, 'The path /callback'],
  [
    'a provider that is not known',
    'ts',
    sourceOf('one', "connect: { a: { provider: 'github', scopes: [], why: '', client: () => 1 } }"),
    4,
    'no provider "github". There are: google, discord.',
  ],
  ['a service that is not known', 'ts', sourceOf('one', "use: { a: { service: 'dogs' } }"), 4, 'no service "dogs"'],
  ['a page of its own', 'ts', sourceOf('one', "resultPage: '/x'"), 4, 'resultPage is for mash-ups that ship'],
  ['the root', 'ts', sourceOf('one', 'rootAction: true'), 4, 'rootAction is for mash-ups that ship'],
  ['browser code', 'ts', sourceOf('one', "islands: ['run']"), 4, 'islands is for mash-ups that ship'],
  ['something beside the form', 'ts', sourceOf('one', 'beside: () => null'), 4, 'beside is for mash-ups that ship'],
]

describe('a file that cannot be used is left out with its line, and the rest is used', () => {
  // All at once, as a process takes its time.
  let told: Awaited<ReturnType<typeof load>>
  const fileOf = (index: number) => `f${index}.${FAULTS[index]?.[1]}`
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'own-mashups-'))
    try {
      await mkdir(join(folder, 'mashups'))
      for (const [index, [, , source]] of FAULTS.entries())
        await writeFile(join(folder, 'mashups', fileOf(index)), source)
      told = await load(join(folder, 'mashups'), 400)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it.each(FAULTS.map((fault, index) => [fault[0], fault, index] as const))(
    '%s',
    (_what, [, , , line, words], index) => {
      const file = `mashups/${fileOf(index)}`
      const found = told.broken.find((one) => one.file === file)
      expect(found?.message).toContain(words)
      expect(found?.line).toBe(line)
      const place = line === undefined ? file : `${file}:${line}`
      expect(told.log).toContain(`Mash-up ${place} is left out: ${found?.message}`)
    },
  )

  it('and nothing else', () => {
    expect(told.refusal).toBeUndefined()
    expect(told.mashups).toEqual([])
    expect([told.broken.length, told.log.length]).toEqual([FAULTS.length, FAULTS.length])
  })

  it('several at once, beside a good one', async () => {
    const folder = await folderWith({
      'mashups/bad.ts': 'export default mashup(',
      'mashups/good.ts': sourceOf('good'),
      'mashups/worse.ts': "\nthrow new Error('no')",
    })
    const { mashups, broken } = await load(join(folder, 'mashups'))
    expect(mashups.map(({ id }) => id)).toEqual(['good'])
    expect(broken.map(({ file, line }) => [file, line])).toEqual([
      ['mashups/bad.ts', 1],
      ['mashups/worse.ts', 2],
    ])
  })

  it('a helper that is at fault is named with its line', async () => {
    const source = `import { words } from './lib/words.ts'\nexport default words\n`
    const helper = { 'mashups/lib/words.ts': '\n\nenum A { B }\nexport const words = A.B\n' }
    expect(await troubleWith(source, helper)).toMatchObject({
      line: undefined,
      message: expect.stringMatching(/^In lib\/words\.ts:3: TypeScript enum is not supported/),
    })
  })

  it('an id, or a path, that two files have: the first one is used, and both are named', async () => {
    const folder = await folderWith({
      'mashups/a.ts': sourceOf('same'),
      'mashups/b.ts': `\n${sourceOf('same')}`,
      'mashups/c.ts': sourceOf('other', "path: '/same'"),
    })
    const { mashups, broken } = await load(join(folder, 'mashups'))
    expect(mashups.map(({ id }) => id)).toEqual(['same'])
    expect(broken).toEqual([
      {
        file: 'mashups/b.ts',
        line: 4,
        message: 'b.ts and a.ts both have the id "same": a.ts is used. Change one of them.',
      },
      {
        file: 'mashups/c.ts',
        line: 4,
        message: 'c.ts and a.ts both have the path /same: a.ts is used. Change one of them.',
      },
    ])
  })

  it('an error that nobody waits for ends nothing: it is logged', async () => {
    const folder = await folderWith({ 'mashups/one.ts': `Promise.reject(new Error('later'))\n${sourceOf('one')}` })
    const { mashups, broken, log } = await load(join(folder, 'mashups'))
    expect([mashups.length, broken.length]).toEqual([1, 0])
    expect(log).toEqual([expect.stringContaining('forgotten an await')])
  })

  it('a message without end is cut', async () => {
    const { message } = await troubleWith(`throw new Error('x'.repeat(100_000))\n`)
    expect(message.length).toBeLessThan(700)
  })
})
