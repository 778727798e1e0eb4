/**
 * OAuth in front of APIs and MCP servers: routes of trivet.yaml, tokens checked, callers named to what is behind, answers
 * streamed. Stands before the router and takes what belongs to a route.
 */
export type { GatewayDeps } from './deps.ts'
export { GATEWAY_PROBLEMS } from './errors.ts'
export type { Measured } from './measured.ts'
export type { Route } from './routes/route.ts'
export type { FileProblem } from './routes/route-file.ts'
export { createGateway, type Gateway } from './server.ts'
