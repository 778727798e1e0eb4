import type { ColumnType } from 'kysely'

export type StorageTables = {
  stored_file: {
    id: string
    /** Where the bytes are: `run/<run>/<id>` or `file/<id>`; never a person's text. */
    key: string
    owner_id: string | null
    run_id: string | null
    name: string
    type: string
    size: number
    sha256: string
    created_at: ColumnType<Date, never, never>
  }
}
