import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { StartError } from '#base'
import { loadConfig, readEnvironment } from '#config'
import { isReserved, MASHUPS } from '#mashups'
import { mashupTemplate } from './mashup-template.ts'

const SOURCE = /\.m?[jt]s$/

/** `trivet new mashup <id>`: a file that is a working mash-up, to be changed from there. Never writes over another one. */
export async function newMashup(options: {
  readonly id: string
  readonly workingDirectory: string
  readonly json: boolean
  readonly print: (line: string) => void
}): Promise<void> {
  const { id, workingDirectory, print } = options
  const { mashupsDir, publicUrl } = loadConfig(readEnvironment(workingDirectory), workingDirectory)
  if (!/^[a-z][a-z0-9_-]{0,39}$/.test(id)) {
    throw new StartError(
      `"${id}" cannot be the id of a mash-up: it is lower case letters, digits, - and _, begins with a letter, and has at most 40 of them, such as "first-note".`,
    )
  }
  if (isReserved(`/${id}`) || MASHUPS.some((mashup) => mashup.id === id)) {
    throw new StartError(`"${id}" is taken: /${id} belongs to the server itself. Choose another id.`)
  }
  await mkdir(mashupsDir, { recursive: true }).catch((error) => {
    throw new StartError(`${relative(workingDirectory, mashupsDir)} cannot be made as a folder (${error.code}).`)
  })
  const there = (await readdir(mashupsDir)).find((name) => SOURCE.test(name) && name.replace(SOURCE, '') === id)
  const path = join(mashupsDir, there ?? `${id}.ts`)
  const shown = relative(workingDirectory, path)
  const taken = new StartError(`${shown} is there already: nothing was written. Choose another id, or remove it first.`)
  if (there !== undefined) throw taken
  await writeFile(path, mashupTemplate(id), { flag: 'wx' }).catch((error) => {
    throw error.code === 'EEXIST' ? taken : error
  })
  if (options.json) return print(JSON.stringify({ file: path, url: `${publicUrl}/${id}` }))
  const next = [
    `  npx trivet dev${' '.repeat(8)}starts the server, and again whenever the file changes`,
    `  ${publicUrl}/${id}`,
  ]
  print([`Written: ${shown}`, '', 'Next:', ...next].join('\n'))
}
