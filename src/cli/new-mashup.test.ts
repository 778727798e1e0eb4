import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { newMashup } from './new-mashup.ts'

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'new-mashup-'))
  onTestFinished(() => rm(made, { recursive: true, force: true }))
  return made
}

async function make(id: string, workingDirectory: string, json = false): Promise<string> {
  const printed: string[] = []
  await newMashup({ id, json, workingDirectory, print: (line) => printed.push(line) })
  return printed.join('\n')
}

it('writes a file named after the id into the folder of the settings, and says what comes next', async () => {
  const place = await folder()
  await writeFile(join(place, '.env'), 'TRIVET_MASHUPS=mine/of-all\nPORT=3333\n')
  const printed = await make('first-note', place)
  expect(printed).toContain('Written: mine/of-all/first-note.ts')
  expect(printed).toContain('npx trivet dev')
  expect(printed).toContain('http://localhost:3333/first-note')
  expect(await readFile(join(place, 'mine/of-all/first-note.ts'), 'utf8')).toContain(
    "export default mashup('first-note', {",
  )
})

it('answers with JSON when asked to', async () => {
  const place = await folder()
  expect(JSON.parse(await make('note', place, true))).toEqual({
    file: join(place, 'mashups/note.ts'),
    url: 'http://localhost:3000/note',
  })
})

it.each(['', 'Note', '1st', 'a b', '../note', 'a/b', '.', 'x'.repeat(41), "a'b"])(
  '%j is no id: it is part of addresses',
  async (id) => {
    const place = await folder()
    await expect(make(id, place)).rejects.toThrow('cannot be the id of a mash-up')
    expect(await readdir(place)).toEqual([])
  },
)

it.each(['cats', 'runs', 'uploads', 'api'])('%s is taken by the server', async (id) => {
  const place = await folder()
  await expect(make(id, place)).rejects.toThrow(`"${id}" is taken`)
  expect(await readdir(place)).toEqual([])
})

it.each(['note.ts', 'note.mts', 'note.js', 'note.mjs'])('nothing is written over or beside %s', async (name) => {
  const place = await folder()
  await mkdir(join(place, 'mashups'))
  await writeFile(join(place, 'mashups', name), 'mine')
  await expect(make('note', place)).rejects.toThrow(`mashups/${name} is there already`)
  expect(await readdir(join(place, 'mashups'))).toEqual([name])
  expect(await readFile(join(place, 'mashups', name), 'utf8')).toBe('mine')
})

it('of two at once only one writes', async () => {
  const place = await folder()
  const both = await Promise.allSettled([make('note', place), make('note', place)])
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})
