import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AUTHOR } from './package.ts'

/** A code block of a page: its language, the file it is about (`ts mashups/a.ts`), its text. */
export type Block = { readonly language: string; readonly file: string | undefined; readonly text: string }

/** The blocks of a page by the heading that they stand under. */
export function blocksOf(markdown: string): Map<string, readonly Block[]> {
  const sections = markdown.split(/^## /m).slice(1)
  return new Map(
    sections.map((section) => {
      const blocks = section.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)
      return [
        section.split('\n')[0] ?? '',
        [...blocks].map(([, language = '', file, text = '']) => ({ language, file, text })),
      ]
    }),
  )
}

/** Somebody who follows the page in a folder, to the letter. */
export type Follower = {
  /** Does what a block says; commands go on until they end, those named in `servers` until `stop`. */
  follow(block: Block): Promise<void>
  /** What servers have printed so far. */
  output(): string
  /** Ctrl-C; resolves when the servers have ended. */
  stop(): Promise<void>
}

export function createFollower(folder: string, servers: readonly string[]): Follower {
  const running: ChildProcess[] = []
  let printed = ''

  async function command(line: string): Promise<void> {
    const serves = servers.includes(line)
    // In a group of its own, as a terminal has it: Ctrl-C goes to everything in it.
    const child = spawn('sh', ['-ec', line], {
      cwd: folder,
      env: AUTHOR,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: serves,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        output += chunk
        if (serves) printed += chunk
      })
    }
    if (serves) return void running.push(child)
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`${line} ended with ${code}:\n${output}`)
  }

  return {
    async follow({ language, file, text }) {
      if (language === 'sh') for (const line of text.trimEnd().split('\n')) await command(line)
      else if (language === 'diff' && file !== undefined) await change(join(folder, file), text)
      else if (file !== undefined) {
        await mkdir(dirname(join(folder, file)), { recursive: true })
        await writeFile(join(folder, file), text)
      } else throw new Error(`Nobody knows what to do with this:\n${text}`)
    },
    output: () => printed,
    async stop() {
      await Promise.all(
        running.splice(0).map(async (child) => {
          if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
          const exited = once(child, 'exit')
          process.kill(-child.pid, 'SIGINT')
          await exited
        }),
      )
    },
  }
}

/** Takes out the lines with a minus, which have to be there once, and puts in those with a plus. */
async function change(path: string, diff: string): Promise<void> {
  const lines = diff.trimEnd().split('\n')
  const side = (mark: string) =>
    lines
      .filter((line) => line[0] === mark || line[0] === ' ')
      .map((line) => `${line.slice(1)}\n`)
      .join('')
  const before = await readFile(path, 'utf8')
  if (before.split(side('-')).length !== 2) throw new Error(`not once in ${path}:\n${side('-')}`)
  await writeFile(
    path,
    before.replace(side('-'), () => side('+')),
  )
}
