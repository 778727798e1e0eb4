/** Deadlock, serialization failure, and a unique value that somebody else was first with (PostgreSQL manual, appendix A). */
const STATES = new Set(['40P01', '40001', '23505'])

/** Whether a transaction only met another one, and is likely to succeed when it is done again. */
export function isContention(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && STATES.has(error.code)
}
