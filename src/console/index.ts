/**
 * What administrators do: pages under `/console`, the same as JSON under `/api/admin`, and `/openapi.json`, which
 * describes the JSON API of all rooms.
 */
export type { ConsoleDeps } from './deps.ts'
export { CONSOLE_PROBLEMS } from './errors.ts'
export { consoleRoutes } from './server.ts'
