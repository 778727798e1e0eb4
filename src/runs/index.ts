/**
 * Mash-ups and their runs: what a mash-up is, the durable engine, progress, pages and API.
 *
 * A mash-up is made with `mashup(id, declaration)`; `createRuns` gives the service behind, `runRoutes` its addresses.
 */
export type { Connector } from './definition/connector.ts'
export type { FieldState, FormField } from './definition/form.ts'
export { readForm } from './definition/form.ts'
export { isMashup, type Mashup, mashup, type ShownForm } from './definition/mashup.ts'
export type { RunResult } from './definition/result.ts'
export type { Service } from './definition/service.ts'
export type { StepContext } from './definition/step.ts'
export { RUN_CONTRACTS } from './endpoints/contracts.ts'
export { requireOwnRun } from './endpoints/run-page.ts'
export { migrateEngine } from './engine/dbos.ts'
export { RUN_PROBLEMS } from './errors.ts'
export { choiceField } from './fields/choice-field.tsx'
export { textField } from './fields/text-field.tsx'
export { filledForm } from './filled-form.ts'
export type { Run, RunStatus } from './run-view.ts'
export { createRuns, type Runs } from './runs.ts'
export { runRoutes } from './server.ts'
