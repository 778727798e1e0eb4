/**
 * The playground: one page on which developers register, sign in, authorize, exchange and decode by hand, each step with
 * its real request, its answer and its curl line. What it keeps is sealed, of one browser, for an hour.
 */
export type { PlaygroundDeps } from './deps.ts'
export { createPlayground, PLAYGROUND_CALLBACK, PLAYGROUND_LINK, type Playground } from './server.ts'
