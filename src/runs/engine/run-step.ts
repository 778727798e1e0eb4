import { DBOS } from '@dbos-inc/dbos-sdk'
import { backoff, Failure, type FailureData } from '#base'
import { isConnectionLost, isContention } from '#database'
import type { Step, StepContext } from '../definition/step.ts'
import type { RunProgress } from '../progress/run-progress.ts'
import type { Pause } from '../run-view.ts'
import { EngineInterrupted, MashupMistake, RunStopped } from './run-stopped.ts'
import type { Rest } from './slots.ts'
import { type StepOutcome, whyNotData } from './step-outcome.ts'

/** Transient failures before a step gives up: about a minute and a half with the waits between them. */
const MOST_ATTEMPTS = 8
const LONGEST_RATE_LIMIT_SECONDS = 3600
/** A paused run is given up after so long without the account. */
const PAUSE_SECONDS = 30 * 24 * 60 * 60

/** Not the mash-up's fault, and over in a moment: what has an effect is keyed, so the step is repeated. */
const DATABASE_UNAVAILABLE: FailureData = {
  kind: 'transient',
  code: 'database_unavailable',
  message: 'The database of this server did not answer.',
}

/** Topic of the messages that end a pause. */
export const WAKE_TOPIC = 'wake'
/** Nobody but tests sends to it: a wait that a provider asked for is waited out. */
export const WAIT_TOPIC = 'wait'

export type StepTools = {
  readonly progress: RunProgress
  readonly context: (name: string, attempt: number) => Omit<StepContext, 'signal' | 'progress' | 'say'>
  /** What a pause asks the person for, from a failure that names a connection. */
  readonly pauseFor: (failure: FailureData) => Promise<Pause | undefined>
  /** The person did what a pause asked for. */
  readonly pauseEnded: () => Promise<void>
  readonly rest: Rest
  readonly now: () => Date
  readonly logFailure: (step: string, attempt: number, error: unknown) => void
}

/** A step of a run: each attempt is a checkpoint of its own, and what its failure asks for happens between them. */
export function createStep(tools: StepTools): Step {
  const { progress } = tools
  const seen = new Set<string>()

  return async <T>(name: string, work: Work<T>): Promise<T> => {
    if (seen.has(name)) throw new MashupMistake(`Two steps are called "${name}": a step's name is its idempotency key.`)
    seen.add(name)
    for (let attempt = 1, transient = 0; ; attempt += 1) {
      const outcome = await checkpoint(name, () => attemptStep(tools, name, attempt, work))
      if (outcome.ok) {
        progress.stepDone(name, { ...outcome, attempt })
        return outcome.value as T
      }
      const { failure } = outcome
      if (failure.kind === 'transient') transient += 1
      const verdict = judge(failure, transient)
      if (verdict.kind === 'wait') await wait(tools, name, failure, verdict.seconds)
      else if (verdict.kind === 'pause') {
        await pause(tools, name, failure)
        transient = 0
      } else endRun(tools, name, failure, verdict.status)
    }
  }
}

type Work<T> = (context: StepContext) => Promise<T> | T

type Verdict = { kind: 'wait'; seconds: number } | { kind: 'pause' } | { kind: 'end'; status: 'failed' | 'cancelled' }

/** What a failure asks for. Pure: on replay it must come to the same. */
function judge(failure: FailureData, transient: number): Verdict {
  switch (failure.kind) {
    case 'transient':
      if (transient === MOST_ATTEMPTS) return { kind: 'end', status: 'failed' }
      return { kind: 'wait', seconds: backoff(transient, { first: 1, most: 60, random: () => 0.5 }) }
    case 'rate_limited':
      return { kind: 'wait', seconds: Math.min(failure.retryAfter ?? 30, LONGEST_RATE_LIMIT_SECONDS) }
    case 'needs_reconnect':
    case 'missing_scope':
      return { kind: 'pause' }
    case 'cancelled':
      return { kind: 'end', status: 'cancelled' }
    case 'refused':
      return { kind: 'end', status: 'failed' }
  }
}

function endRun(tools: StepTools, name: string, failure: FailureData, status: 'failed' | 'cancelled'): never {
  const { code, message } = failure
  tools.progress.stepEnded(name, status, message)
  throw new RunStopped(status === 'failed' ? { status, error: { code, message } } : { status })
}

async function attemptStep(
  tools: StepTools,
  name: string,
  attempt: number,
  work: Parameters<Step>[1],
): Promise<StepOutcome> {
  const { progress } = tools
  const startedAt = tools.now().toISOString()
  let signal: AbortSignal | undefined
  let message: string | null = null
  progress.stepStarted(name, attempt)
  try {
    const value = await work({
      ...tools.context(name, attempt),
      // Once touched DBOS asks the database every second whether the run was cancelled: not for steps without requests.
      get signal() {
        signal ??= DBOS.stepStatus?.cancelSignal ?? new AbortController().signal
        return signal
      },
      progress: (done, total, text) => progress.stepMoved(name, total > 0 ? done / total : 0, text),
      say: (text) => {
        message = text
        progress.stepSaid(name, text)
      },
    })
    const why = whyNotData(value)
    if (why !== undefined) {
      const text = `The step "${name}" gave back something that cannot be kept: ${why}.`
      return { ok: false, failure: { kind: 'refused', code: 'step_result_not_data', message: text } }
    }
    return { ok: true, value, startedAt, finishedAt: tools.now().toISOString(), message }
  } catch (error) {
    tools.logFailure(name, attempt, error)
    if (signal?.aborted) return { ok: false, failure: { kind: 'cancelled', code: 'cancelled', message: 'Cancelled.' } }
    if (error instanceof Failure) return { ok: false, failure: error.data }
    // Two transactions that met (a guest's things are taken along while a file is kept): the one that lost goes again.
    if (isConnectionLost(error) || isContention(error)) return { ok: false, failure: DATABASE_UNAVAILABLE }
    const text = `The step "${name}" stopped with an error of its own. The log of the server says more.`
    return { ok: false, failure: { kind: 'refused', code: 'mashup_error', message: text } }
  }
}

/** A DBOS step. Its work never throws, so what is thrown here is the engine's own business. */
async function checkpoint(name: string, attempt: () => Promise<StepOutcome>): Promise<StepOutcome> {
  try {
    return await DBOS.runStep(attempt, { name })
  } catch (error) {
    throw new EngineInterrupted(error)
  }
}

async function wait(tools: StepTools, name: string, failure: FailureData, seconds: number): Promise<void> {
  const rounded = Math.max(1, Math.ceil(seconds))
  tools.progress.stepWaits(name, `${failure.message} Trying again in ${rounded} s.`)
  await receive(tools, WAIT_TOPIC, rounded)
}

async function pause(tools: StepTools, name: string, failure: FailureData): Promise<void> {
  const reason = await tools.pauseFor(failure)
  if (!reason) return endRun(tools, name, failure, 'failed')
  await tools.progress.paused(name, reason)
  if ((await receive(tools, WAKE_TOPIC, PAUSE_SECONDS)) === null) {
    const message = 'The account was not connected within 30 days.'
    endRun(tools, name, { kind: 'refused', code: 'waited_too_long', message }, 'failed')
  }
  await tools.pauseEnded()
  tools.progress.resumed()
}

async function receive(tools: StepTools, topic: string, timeoutSeconds: number): Promise<unknown> {
  try {
    return await tools.rest(() => DBOS.recv(topic, { timeoutSeconds }))
  } catch (error) {
    throw new EngineInterrupted(error)
  }
}
