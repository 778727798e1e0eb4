import type { Log } from '#base'

/** A log that nobody reads. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/** A log that keeps every line as JSON, for tests that look for what must not be in it. */
export function capturedLog(): { log: Log; text: () => string } {
  const lines: string[] = []
  const write = (level: string) => (fields: object, message: string) => {
    lines.push(
      JSON.stringify({ level, message, ...fields }, (_key, value) =>
        value instanceof Error ? describe(value) : value,
      ),
    )
  }
  return {
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    text: () => lines.join('\n'),
  }
}

function describe(error: Error): object {
  return { ...error, message: error.message, stack: error.stack, cause: error.cause }
}
