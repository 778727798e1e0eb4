/** One time limit over a whole exchange, request and answer, joined with the caller's own signal. */
export type Deadline = {
  readonly signal: AbortSignal
  /** Why the signal fired: the time was up, or the caller gave up. */
  cause(): 'time' | 'caller' | undefined
  /** Rejects when the signal fires; undici only looks at it once a connection is there. */
  readonly aborted: Promise<never>
  /** The exchange is over: nothing fires any more. */
  clear(): void
}

export function createDeadline(seconds: number, caller: AbortSignal | undefined): Deadline {
  const controller = new AbortController()
  const aborted = Promise.withResolvers<never>()
  // Nobody may be listening when it rejects; that is no unhandled error.
  aborted.promise.catch(() => {})
  let cause: 'time' | 'caller' | undefined
  const fire = (why: 'time' | 'caller') => {
    if (cause !== undefined) return
    cause = why
    clear()
    const reason = new Error(why === 'time' ? `not done within ${seconds} s` : 'given up by the caller')
    controller.abort(reason)
    aborted.reject(reason)
  }
  const onCaller = () => fire('caller')
  const timer = setTimeout(() => fire('time'), seconds * 1000)
  timer.unref()
  const clear = () => {
    clearTimeout(timer)
    caller?.removeEventListener('abort', onCaller)
  }
  if (caller?.aborted) onCaller()
  else caller?.addEventListener('abort', onCaller, { once: true })
  return {
    signal: controller.signal,
    cause: () => cause,
    aborted: aborted.promise,
    clear,
  }
}
