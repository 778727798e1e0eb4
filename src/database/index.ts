/** PostgreSQL: open it, keep its schema up to date, listen to it; and the supervisor of the embedded one. */
export { isConnectionLost, whenReachable } from './connection-lost.ts'
export { isContention } from './contention.ts'
export {
  DirectoryInUse,
  directoryError,
  type EmbeddedPostgres,
  runningEmbeddedPostgres,
  startEmbeddedPostgres,
} from './embedded/index.ts'
export type { LivenessLock } from './liveness-lock.ts'
export { migrate, pendingMigrations } from './migrate.ts'
export { type Database, openDatabase, type TablesOf } from './open.ts'
