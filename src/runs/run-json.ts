import type { Mashup } from './definition/mashup.ts'
import type { Pause, Run, RunStep } from './run-view.ts'

/** A step as the API and live events say it. */
export function stepJson(step: RunStep) {
  return {
    name: step.name,
    status: step.status,
    started_at: step.startedAt?.toISOString() ?? null,
    finished_at: step.finishedAt?.toISOString() ?? null,
    attempts: step.attempts,
    ...(step.message === null ? {} : { message: step.message }),
  }
}

/**
 * Declared steps that have not begun, after those that have. A step that was under way when its run ended for another
 * reason (another version of the mash-up, a server that is gone) ended with it.
 */
export function allSteps(run: Pick<Run, 'status'>, mashup: Mashup | undefined, steps: readonly RunStep[]): RunStep[] {
  const begun = new Set(steps.map((step) => step.name))
  const ended = run.status === 'failed' || run.status === 'cancelled' ? run.status : undefined
  const waiting = (mashup?.steps ?? []).filter((name) => !begun.has(name))
  return [
    ...steps.map((step) =>
      ended && (step.status === 'running' || step.status === 'paused') ? { ...step, status: ended } : step,
    ),
    ...waiting.map(
      (name): RunStep => ({
        name,
        status: 'waiting',
        attempts: 0,
        startedAt: null,
        finishedAt: null,
        message: null,
        revision: 0,
      }),
    ),
  ]
}

/** What changes in a run beside its steps. */
export function statusJson(run: Run, publicUrl: string) {
  return {
    status: run.status,
    ...(run.pause
      ? {
          pause: {
            reason: run.pause.reason,
            message: run.pause.message,
            connect_url: connectUrl(run.pause, `/runs/${run.id}`, publicUrl),
          },
        }
      : {}),
    ...(run.result ? { result: run.result } : {}),
    ...(run.error ? { error: run.error } : {}),
  }
}

/** `GET /api/runs/:id`: see `docs/reference`. */
export function runJson(run: Run, steps: readonly RunStep[], mashup: Mashup | undefined, publicUrl: string) {
  return {
    id: run.id,
    mashup: run.mashup,
    ...statusJson(run, publicUrl),
    ...(run.status === 'succeeded' && mashup?.resultPage
      ? { result_url: `${publicUrl}${resultPath(run, mashup.resultPage)}` }
      : {}),
    steps: allSteps(run, mashup, steps).map(stepJson),
    progress: run.progress,
    created_at: run.createdAt.toISOString(),
    finished_at: run.finishedAt?.toISOString() ?? null,
  }
}

/** Where a mash-up's own page shows the result of a run. */
export function resultPath(run: Pick<Run, 'id'>, resultPage: string): string {
  return `${resultPage}?run=${run.id}`
}

/** The page with the button that connects what a paused run waits for. */
export function connectUrl(pause: Pause, returnTo: string, publicUrl: string): string {
  const query = new URLSearchParams({
    scopes: pause.scopes.join(' '),
    return_to: returnTo,
    ...(pause.connection_id === undefined ? {} : { connection: pause.connection_id }),
  })
  return `${publicUrl}/connect/${pause.provider}?${query}`
}
