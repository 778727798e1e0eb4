import { setTimeout as sleep } from 'node:timers/promises'

/** SQLSTATE classes and codes of a server that went away or takes nobody now (PostgreSQL manual, appendix A). */
const STATES = /^(08...|57P0[123]|53300)$/
/** What Node says of a socket. */
const SOCKET = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOENT'])
/** node-postgres gives these no code (pg 8.23, client.js and pg-pool). */
const WORDS =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Query read timeout)/

/**
 * Whether an error says that the database could not be asked, and not that it refused: what was to be done may be tried
 * again in a moment. Looks at the causes, too, because libraries wrap.
 */
export function isConnectionLost(error: unknown): boolean {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    if (WORDS.test(one.message)) return true
    const code = 'code' in one && typeof one.code === 'string' ? one.code : undefined
    if (code !== undefined && (STATES.test(code) || (SOCKET.has(code) && isDatabaseSocket(one)))) return true
  }
  return false
}

/** Calls to other systems come as failures of `outbound`: a bare socket error with an address is node-postgres'. */
function isDatabaseSocket(error: Error): boolean {
  return 'syscall' in error && (error.syscall === 'connect' || error.syscall === 'read' || error.syscall === 'write')
}

const RETRY_MS = 250

/** Does it again every 250 ms for as long as the database cannot be asked; for reads, and for writes that may be repeated. */
export async function whenReachable<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isConnectionLost(error)) throw error
      await sleep(RETRY_MS)
    }
  }
}
