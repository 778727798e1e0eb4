import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { backoff, describeError, type Log, newId } from '#base'
import type { MailConfig } from '#config'
import type { Database } from '#database'
import type { Mail, Writer } from './mail.ts'
import {
  type ClaimedOrder,
  claimOrder,
  deleteOldFailures,
  deleteOrder,
  failOrder,
  insertOrder,
  listTroubledOrders,
  postponeOrder,
  prolongOrder,
} from './store/order.ts'
import type { MailTables } from './store/tables.ts'
import { createLogTransport, createSmtpTransport, isRefusal, type Transport } from './transport.ts'

const CHANNEL = 'trivet_mail'
/** For orders that are due again, and where a message got lost. */
const LOOK_MS = 15_000
/** Prolonged while a letter is being handed in, so that one whose process died waits no longer than this. */
const LEASE_SECONDS = 10
const PROLONG_MS = 3000
/** A mail server that hangs holds up so many letters, and no more. */
const LANES = 3
const RETRY = { first: 5, most: 600 }
const CLOSE_MS = 3000

type PostOfficeDeps = {
  readonly database: Database
  readonly config: MailConfig
  readonly log: Log
}

/** Orders in PostgreSQL, sent by whichever process is free. Nothing is started here. */
export function createMail({ database, config, log }: PostOfficeDeps): Mail {
  const tables = database.tables<MailTables>()
  const { transport, mode } = chooseTransport(config, log)
  const controller = new AbortController()
  let bell = Promise.withResolvers<void>()
  let unlisten: (() => void) | undefined
  let lanes: Promise<unknown> = Promise.resolve()

  const ring = () => {
    bell.resolve()
    bell = Promise.withResolvers()
  }

  async function lane(send: Transport, writers: ReadonlyMap<string, Writer>): Promise<void> {
    const { signal } = controller
    while (!signal.aborted) {
      // Before the look: what is ordered during it rings this one.
      const rung = bell.promise
      const order = await claimOrder(tables, LEASE_SECONDS).catch((error: unknown) => {
        if (!signal.aborted) log.warn({ error: describeError(error) }, 'Letters could not be looked for; trying on')
      })
      if (order) await keepingLease(order.id, () => deliver({ tables, log, send, writers }, order))
      else await Promise.race([rung, pause(LOOK_MS, signal)])
    }
  }

  async function keepingLease(id: string, work: () => Promise<void>): Promise<void> {
    const prolong = () => prolongOrder(tables, id, LEASE_SECONDS).catch(() => undefined)
    const timer = setInterval(prolong, PROLONG_MS)
    await work().finally(() => clearInterval(timer))
  }

  return {
    mode,
    async order({ kind, to, data, seconds }) {
      if (!transport) return
      await insertOrder(tables, { id: newId(), kind, recipient: to, data, seconds })
      await database.notify(CHANNEL, '')
    },
    start(writers) {
      if (!transport) return
      unlisten = database.listen(CHANNEL, ring, ring)
      const known = new Map(Object.entries(writers))
      lanes = Promise.all(Array.from({ length: LANES }, () => lane(transport, known)))
    },
    troubles: (most) => listTroubledOrders(tables, most),
    prune: () => deleteOldFailures(tables),
    async close() {
      unlisten?.()
      controller.abort()
      ring()
      await Promise.race([lanes, sleep(CLOSE_MS, undefined, { ref: false })])
    },
  }
}

function chooseTransport(
  { server, toLog }: MailConfig,
  log: Log,
): { readonly mode: Mail['mode']; readonly transport: Transport | undefined } {
  if (server) return { mode: 'smtp', transport: createSmtpTransport(server) }
  return toLog ? { mode: 'log', transport: createLogTransport(log) } : { mode: 'off', transport: undefined }
}

/** One try. What went wrong is in the row and in the log, never lost. */
async function deliver(
  deps: {
    readonly tables: Kysely<MailTables>
    readonly log: Log
    readonly send: Transport
    readonly writers: ReadonlyMap<string, Writer>
  },
  order: ClaimedOrder,
): Promise<void> {
  const { tables, log } = deps
  const { id, kind, tries, isOver } = order
  const told = { order: id, kind, tries }
  try {
    if (isOver) {
      await failOrder(tables, { id, failure: 'It could not be sent in time.' })
      log.error(told, 'A letter could not be sent in time, and is given up')
      return
    }
    const write = deps.writers.get(kind)
    if (!write) throw new Error(`Nobody writes letters of the kind ${kind}`)
    const letter = await write({ to: order.recipient, data: order.data })
    if (letter) await deps.send(order.recipient, letter)
    await deleteOrder(tables, id)
    log.debug(told, letter ? 'A letter was handed in' : 'A letter was not needed')
  } catch (error) {
    // Mail servers like to name the mailbox, which need not outlive the letter.
    const failure = (error instanceof Error ? error.message : String(error)).replace(/[^\s<>]+@/g, '…@')
    const isFinal = isRefusal(error)
    log[isFinal ? 'error' : 'warn'](
      { ...told, error: describeError(error) },
      isFinal ? 'The mail server refused a letter' : 'A letter could not be handed in; it is tried again',
    )
    // When the database cannot be reached either, the lease ends by itself.
    const noted = isFinal
      ? failOrder(tables, { id, failure })
      : postponeOrder(tables, { id, failure, seconds: backoff(tries, RETRY) })
    await noted.catch((cause: unknown) => log.warn({ error: describeError(cause) }, 'A letter waits for its lease'))
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined)
}
