import type { FileRef } from '#storage'

/** Does one named piece of work, once: a finished step never runs again, also after a crash. Returns plain data. */
export type Step = <T>(name: string, work: (context: StepContext) => Promise<T> | T) => Promise<T>

/** What the work of a step gets. */
export type StepContext = {
  /** `run id:step name`: the same on every retry and resume, for requests that must not be done twice. */
  readonly key: string
  /** 1 for the first try. */
  readonly attempt: number
  /** Aborted when the run is cancelled: hand it to every request. */
  readonly signal: AbortSignal
  /** Where big things go: the copy belongs to the run, the step returns its `FileRef`. */
  readonly files: RunFiles
  /** How far this step is, `done` of `total` of anything, and what to show beside the bar. */
  progress(done: number, total: number, message?: string): void
  /** One line shown under the step's name: "Bengal, 1600 × 1200, JPEG". */
  say(message: string): void
}

export type RunFiles = {
  readonly ownerId: string
  readonly runId: string
  write(file: {
    name: string
    type: string
    source: AsyncIterable<Uint8Array> | Buffer
    maxBytes: number
  }): Promise<FileRef>
}
