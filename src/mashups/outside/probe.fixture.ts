import { describeError, type Log, StartError } from '#base'
import { mashup } from '#runs'
import { loadOwnMashups } from './own-mashups.ts'

/** What the program is asked: as arguments of `loadOwnMashups`, in JSON. */
export type Question = {
  readonly directory: string
  readonly frontDoor: string
  readonly patienceMs: number
}

/** What it prints, in JSON. */
export type Answer = {
  readonly mashups: readonly { readonly id: string; readonly path: string; readonly version: string }[]
  readonly broken: readonly { readonly file: string; readonly line?: number; readonly message: string }[]
  readonly log: readonly string[]
  readonly refusal?: string
}

const shipped = mashup('parcels', {
  ...{ title: 'Parcels', summary: '', submit: '', running: '', again: '', form: {}, steps: [] },
  ...{ path: '/parcels', action: 'send_parcel', rootAction: true },
  run: async () => ({ title: 'Sent' }),
})

async function answer({ directory, frontDoor, patienceMs }: Question): Promise<Answer> {
  const lines: string[] = []
  const note = (_fields: object, line: string) => void lines.push(line)
  const log: Log = { debug: note, info: note, warn: note, error: note }
  const known = {
    shipped: [shipped],
    paths: ['/callback/here'],
    providers: ['google', 'discord'],
    services: ['thecatapi'],
  }
  try {
    const { mashups, broken } = await loadOwnMashups({ directory, frontDoor, known, log, patienceMs })
    return { mashups: mashups.map(({ id, path, version }) => ({ id, path, version })), broken, log: lines }
  } catch (error) {
    const refusal = error instanceof StartError ? error.message : JSON.stringify(describeError(error))
    return { mashups: [], broken: [], log: lines, refusal }
  }
}

process.stdout.write(JSON.stringify(await answer(JSON.parse(process.argv[2] ?? ''))))
// A file may still be waiting for what never comes.
process.exit(0)
