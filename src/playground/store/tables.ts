/** Rows of this room (migration 202611201300). */
export type PlaygroundTables = {
  playground_visit: { id: string; secret_hash: Buffer; expires_at: Date }
  playground_step: { playground_visit_id: string; name: string; sealed: string }
}
