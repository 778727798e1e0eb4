import { withDatabase } from '../harness/database.ts'
import type { DriveFile } from '../harness/sandbox.ts'
import type { Place } from './place.ts'
import type { Visit } from './visit.ts'

type Row = { readonly id: string; readonly status: string; readonly breed: string }

/** What there is when everything has settled, and what of it should not be so. */
export type Verdict = {
  readonly accepted: number
  readonly succeeded: number
  /** Runs of forms whose answer never came, and which were sent again by somebody the server took for somebody new. */
  readonly unclaimed: number
  readonly files: number
  /** Files beyond the one that each run names: duplicates and orphans. */
  readonly strangers: number
  readonly wrong: readonly string[]
}

/** Compares what people were promised with the rows of the database and the files in Drive. */
export async function judge(place: Place, visits: readonly Visit[]): Promise<Verdict> {
  const rows = await withDatabase(place, async (client) => {
    const { rows } = await client.query<Row>(`select id, status, input->>'cat_breed' as breed from trivet.run`)
    return rows
  })
  const files = await place.sandbox.files()
  const accepted = visits.filter((visit) => visit.accepted)
  const claimed = new Set(accepted.map((visit) => visit.runId))
  const unclaimed = rows.filter((row) => !claimed.has(row.id))
  const saved = accepted.map((visit) => fileOf(visit, files)?.id)
  const strangers = files.filter((file) => !saved.includes(file.id))
  return {
    accepted: accepted.length,
    succeeded: accepted.filter((visit) => visit.run?.status === 'succeeded').length,
    unclaimed: unclaimed.length,
    files: files.length,
    strangers: strangers.length,
    wrong: [
      ...accepted.flatMap((visit) =>
        wrongWith(visit, rows, files).flatMap((text) => [text, ...place.logAbout(visit.runId ?? 'run').map(shortened)]),
      ),
      ...(claimed.size === accepted.length ? [] : ['two forms became one run']),
      // Nobody connected an account for them, so they may only wait.
      ...unclaimed.filter((row) => row.status !== 'paused').map((row) => `a run of nobody is ${row.status}: ${row.id}`),
      ...strangers.map((file) => `a file that belongs to no run: ${file.id}, ${file.name}, ${file.account}`),
    ],
  }
}

function wrongWith(visit: Visit, rows: readonly Row[], files: readonly DriveFile[]): string[] {
  const { run, runId, breed } = visit
  const row = rows.find(({ id }) => id === runId)
  if (!row) return [`the form for ${breed} was answered, and is gone (run ${runId ?? 'unknown'})`]
  if (row.breed !== breed) return [`run ${row.id} has ${row.breed}, and ${breed} was typed`]
  if (row.status !== 'succeeded')
    return [`run ${row.id} ended ${row.status}: ${run?.error?.message ?? 'no reason told'}`]
  const file = fileOf(visit, files)
  if (!file) return [`run ${row.id} succeeded, and its file is not in Drive`]
  if (file.size !== run?.result?.image.file.size) return [`the file of run ${row.id} has ${file.size} bytes`]
  return file.account.startsWith(visit.person.persona) ? [] : [`the file of run ${row.id} is with ${file.account}`]
}

const shortened = (line: string) => `  log: ${line.slice(0, 1500)}`

/** The one that the run's result leads to. */
function fileOf(visit: Visit, files: readonly DriveFile[]): DriveFile | undefined {
  const links = visit.run?.result?.links.map(({ href }) => href) ?? []
  return files.find((file) => links.some((href) => href.includes(file.id)))
}
