import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Log } from '#base'

export type LogLine = {
  readonly sqlstate: string
  /** "postmaster", "client backend", "checkpointer" … */
  readonly process: string
  readonly severity: string
  readonly message: string
}

export type ServerLog = {
  /** The last lines, for a message; they hold no data and no secret. */
  tail(): string
  /** Whether a line with this SQLSTATE was seen. */
  saw(sqlstate: string): boolean
}

const kept = 10

/**
 * Reads PostgreSQL's stderr as long as it lives (a full pipe would stop the server) and passes it on to our log, what it
 * says of itself as `debug`. A line without prefix belongs to the line before it, or comes from the program loader.
 *
 * What a client did wrong is left out: the client was told, and such a sentence quotes its data ("invalid input syntax
 * for type integer: …").
 */
export function readServerLog(stderr: Readable, log: Log, onLine: (line: LogLine) => void): ServerLog {
  const lines: string[] = []
  const states = new Set<string>()
  let last: LogLine | undefined
  createInterface({ input: stderr }).on('line', (text) => {
    const line = parseLogLine(text)
    last = line ?? last
    if (last && isClientsFault(last)) return
    lines.push(line ? `${line.severity}: ${line.message}` : text.trim())
    if (lines.length > kept) lines.shift()
    if (line) states.add(line.sqlstate)
    log[levelOf(last)]({ postgres: true, ...(last ? { sqlstate: last.sqlstate } : {}) }, line?.message ?? text.trim())
    if (line) onLine(line)
  })
  return {
    tail: () => lines.join('\n'),
    saw: (sqlstate) => states.has(sqlstate),
  }
}

/** `00000 postmaster|LOG:  database system is ready to accept connections`, by our log_line_prefix `%e %b|`. */
function parseLogLine(text: string): LogLine | undefined {
  const found = /^([0-9A-Z]{5}) ([^|]*)\|([A-Z0-9]+): +(.*)$/.exec(text)
  const [, sqlstate, process, severity, message] = found ?? []
  if (!sqlstate || process === undefined || !severity || message === undefined) return undefined
  return { sqlstate, process, severity, message }
}

function isClientsFault(line: LogLine): boolean {
  if (line.sqlstate === '3D000') return true // invalid_catalog_name: our own question at the first start
  return line.process === 'client backend' && !['LOG', 'FATAL', 'PANIC'].includes(line.severity)
}

function levelOf(line: LogLine | undefined): 'debug' | 'warn' | 'error' {
  if (line?.severity === 'PANIC') return 'error'
  return line?.severity === 'WARNING' || line?.severity === 'ERROR' || line?.severity === 'FATAL' ? 'warn' : 'debug'
}
