/** Ends the body of a mash-up from within a step: the run failed or was cancelled. Never leaves the engine. */
export class RunStopped extends Error {
  readonly end:
    | { readonly status: 'failed'; readonly error: { code: string; message: string } }
    | { readonly status: 'cancelled' }

  constructor(end: RunStopped['end']) {
    super(`The run ends: ${end.status}`)
    this.name = 'RunStopped'
    this.end = end
  }
}

/** A mistake of the mash-up's author, in words that its page may show: there is nothing of anybody else in them. */
export class MashupMistake extends Error {}

/** The engine itself was interrupted (shutdown, cancelled workflow, taken over): nothing may be noted about the run. */
export class EngineInterrupted extends Error {
  constructor(cause: unknown) {
    super('The engine was interrupted', { cause })
    this.name = 'EngineInterrupted'
  }
}
