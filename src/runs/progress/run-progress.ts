import type { Clock } from '#base'
import type { RunResult } from '../definition/result.ts'
import { isOver, type Pause, type Run, type RunStatus, type RunStepStatus } from '../run-view.ts'
import type { StepChange } from '../store/changes.ts'
import type { Changed, Recorder } from './recorder.ts'

type StepState = {
  readonly position: number
  status: RunStepStatus
  attempts: number
  startedAt: string | null
  finishedAt: string | null
  message: string | null
  /** 0..1 of this step. */
  fraction: number
}

/** The state of one run in the process that works on it: told what happens, it has it stored. */
export class RunProgress {
  readonly #run: Pick<Run, 'id'>
  readonly #recorder: Recorder
  readonly #clock: Clock
  readonly #declared: number
  readonly #steps = new Map<string, StepState>()
  readonly #changed = new Set<string>()
  #status: RunStatus = 'running'
  #message: string | null = null
  #pause: Pause | null = null
  #result: RunResult | null = null
  #error: { code: string; message: string } | null = null

  constructor(run: Pick<Run, 'id'>, deps: { recorder: Recorder; clock: Clock; declaredSteps: number }) {
    this.#run = run
    this.#recorder = deps.recorder
    this.#clock = deps.clock
    this.#declared = deps.declaredSteps
    this.#store()
  }

  stepStarted(name: string, attempt: number): void {
    const step = this.#step(name)
    step.status = 'running'
    step.attempts = attempt
    step.startedAt ??= this.#clock.now().toISOString()
    this.#message = null
    this.#touch(name)
  }

  stepMoved(name: string, fraction: number, message: string | undefined): void {
    const step = this.#step(name)
    step.fraction = Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0
    if (message !== undefined) this.#message = message
    this.#touch(name)
  }

  stepSaid(name: string, message: string): void {
    this.#step(name).message = message
    this.#touch(name)
  }

  /** Also called on replay, with the times that the checkpoint holds. */
  stepDone(
    name: string,
    done: { attempt: number; startedAt: string; finishedAt: string; message: string | null },
  ): void {
    const step = this.#step(name)
    step.status = 'done'
    step.attempts = done.attempt
    step.startedAt = done.startedAt
    step.finishedAt = done.finishedAt
    step.message = done.message
    step.fraction = 1
    this.#message = null
    this.#touch(name)
  }

  /** The step will be tried again by itself: why, and after how many seconds. */
  stepWaits(name: string, message: string): void {
    this.#step(name).message = message
    this.#message = message
    this.#touch(name)
  }

  stepEnded(name: string, status: 'failed' | 'cancelled', message: string): void {
    const step = this.#step(name)
    step.status = status
    step.finishedAt = this.#clock.now().toISOString()
    step.message = message
    this.#touch(name)
  }

  async paused(name: string, pause: Pause): Promise<void> {
    const step = this.#step(name)
    step.status = 'paused'
    step.message = pause.message
    this.#status = 'paused'
    this.#pause = pause
    this.#changed.add(name)
    await this.#recorder.now(this.#take)
  }

  resumed(): void {
    this.#status = 'running'
    this.#pause = null
    this.#store()
  }

  /** Stored before this resolves: afterwards the engine may forget the run. */
  async finished(
    end:
      | { status: 'succeeded'; result: RunResult }
      | { status: 'failed'; error: { code: string; message: string } }
      | { status: 'cancelled' },
  ): Promise<void> {
    this.#status = end.status
    this.#pause = null
    this.#message = null
    if (end.status === 'succeeded') this.#result = end.result
    if (end.status === 'failed') this.#error = end.error
    await this.#recorder.now(this.#take)
  }

  #step(name: string): StepState {
    let step = this.#steps.get(name)
    if (!step) {
      const position = this.#steps.size
      step = { position, status: 'waiting', attempts: 0, startedAt: null, finishedAt: null, message: null, fraction: 0 }
      this.#steps.set(name, step)
    }
    return step
  }

  #touch(name: string): void {
    this.#changed.add(name)
    this.#store()
  }

  #store(): void {
    // A step that ended may still tell its progress: by then the run may be over, and its retry somebody else's.
    if (!isOver(this.#status)) this.#recorder.later(this.#take)
  }

  readonly #take = (): Changed => {
    const steps: StepChange[] = []
    for (const name of this.#changed) {
      const step = this.#step(name)
      steps.push({
        run_id: this.#run.id,
        name,
        position: step.position,
        status: step.status,
        attempts: step.attempts,
        started_at: step.startedAt,
        finished_at: step.finishedAt,
        message: step.message,
      })
    }
    this.#changed.clear()
    return {
      run: {
        id: this.#run.id,
        status: this.#status,
        progress: this.#progress(),
        message: this.#message,
        pause: this.#pause,
        result: this.#result,
        error: this.#error,
      },
      steps,
    }
  }

  #progress(): number {
    if (this.#status === 'succeeded') return 1
    let done = 0
    for (const step of this.#steps.values()) done += step.fraction
    // A mash-up may run steps that it did not declare: the bar never reaches the end before the run does.
    return Math.min(0.99, done / Math.max(this.#declared, this.#steps.size, 1))
  }
}
