import type { ColumnType, Generated } from 'kysely'
import type { RunResult } from '../definition/result.ts'
import type { Pause, RunStatus, RunStepStatus } from '../run-view.ts'

/** JSON goes in as text and comes out parsed. */
type Json<T> = ColumnType<T, string, string>

export type RunTables = {
  run: {
    id: string
    owner_id: string
    mashup: string
    version: string
    input: Json<Record<string, unknown>>
    submission: string | null
    connections: Json<Record<string, string>>
    status: RunStatus
    pause: Json<Pause> | null
    progress: Generated<number>
    message: string | null
    result: Json<RunResult> | null
    error: Json<{ code: string; message: string }> | null
    revision: Generated<number>
    created_at: Generated<Date>
    started_at: Date | null
    finished_at: Date | null
  }
  run_step: {
    run_id: string
    name: string
    position: number
    status: RunStepStatus
    attempts: number
    started_at: Date | null
    finished_at: Date | null
    message: string | null
    revision: number
  }
  run_secret: {
    run_id: string
    name: string
    sealed: string
  }
}
