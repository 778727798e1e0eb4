import { isDeepStrictEqual } from 'node:util'
import type { Kysely } from 'kysely'
import type { Connections, ConnectionView } from '#connections'
import { markOf } from './account-mark.ts'
import type { Mashup } from './definition/mashup.ts'
import type { Engine } from './engine/engine.ts'
import type { Needs } from './needs.ts'
import { hasBegun, type Pause, type Run, type RunStatus } from './run-view.ts'
import { queuePausedRun, replaceConnections, replacePause } from './store/run.ts'
import type { RunTables } from './store/tables.ts'

export type Waiting = {
  /** A run that waited for its first account has it now. */
  begin(run: Pick<Run, 'id' | 'mashup'>, needed: Needs): Promise<void>
  /** Lets a run go on if what it waits for is there. May be asked as often as one likes. */
  goOn(run: Run): Promise<void>
}

/** Runs that wait for an account, before they begin or in the middle. */
export function createWaiting(deps: {
  tables: Kysely<RunTables>
  connections: Pick<Connections, 'check' | 'list'>
  engine: Pick<Engine, 'launch' | 'wake'>
  mashups: (id: string) => Mashup | undefined
  needs: (ownerId: string, mashup: Mashup, chosen: Readonly<Record<string, string>>) => Promise<Needs>
  announce: (id: string, status: RunStatus) => Promise<void>
}): Waiting {
  const { tables, connections, engine } = deps

  const begin: Waiting['begin'] = async (run, needed) => {
    const version = deps.mashups(run.mashup)?.version
    if (version === undefined) return
    // It begins now, so with the code of now.
    if (await queuePausedRun(tables, run.id, { version, connections: needed.connections })) {
      await deps.announce(run.id, 'queued')
      await engine.launch(run.id)
    }
  }

  async function goOnBeforeTheStart(run: Run, mashup: Mashup): Promise<void> {
    const needed = await deps.needs(run.ownerId, mashup, run.connections)
    if (!needed.pause) return begin(run, needed)
    // It still waits, but for something else: the account is there now, without a permission.
    if (!isDeepStrictEqual(needed.pause, run.pause)) await note(run.id, needed.pause)
  }

  async function note(id: string, pause: Pause): Promise<void> {
    if (await replacePause(tables, id, pause)) await deps.announce(id, 'paused')
  }

  async function goOnInTheMiddle(run: Run, pause: Pause): Promise<void> {
    const accounts = await connections.list(run.ownerId)
    if (pause.connection_id !== undefined && !accounts.some((one) => one.id === pause.connection_id)) {
      // Disconnected meanwhile: its button would lead nowhere, and any account that the person connects now will do.
      const { connection_id: _gone, ...rest } = pause
      return note(run.id, { ...rest, reason: 'connection_required' })
    }
    const account = await connectedSince(run, pause, accounts)
    if (!account) return
    if (pause.connect !== undefined && run.connections[pause.connect] !== account.id) {
      await replaceConnections(tables, run.id, { ...run.connections, [pause.connect]: account.id })
    }
    await engine.wake(run.id, run.revision)
  }

  /**
   * The account that the pause asks for, connected after it began. One that was there all the time is not taken: it may
   * be another person's, or the provider may have refused it in spite of what our row says.
   */
  async function connectedSince(
    run: Run,
    pause: Pause,
    accounts: readonly ConnectionView[],
  ): Promise<ConnectionView | undefined> {
    const candidates = accounts.filter(
      (one) =>
        one.provider === pause.provider &&
        !pause.marks?.includes(markOf(one)) &&
        (pause.connection_id === undefined || pause.connection_id === one.id),
    )
    for (const account of candidates) {
      const need = { provider: pause.provider, scopes: pause.scopes }
      const usability = await connections.check(run.ownerId, need, account.id)
      if (usability.status === 'usable' && usability.connection.id === account.id) return account
    }
    return undefined
  }

  return {
    begin,
    async goOn(run) {
      const mashup = deps.mashups(run.mashup)
      if (!mashup || !run.pause) return
      if (hasBegun(run)) await goOnInTheMiddle(run, run.pause)
      else await goOnBeforeTheStart(run, mashup)
    },
  }
}
