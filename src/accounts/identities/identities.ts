import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { newId } from '#base'
import type { Accounts } from '../accounts.ts'
import { actorOf, auditNote } from '../audit/audit.ts'
import type { FinishSignIn } from '../login/finish-sign-in.ts'
import { originOf } from '../login/origin.ts'
import { afterSignIn, parseWayOn, type WayOn, withWayOn } from '../login/way-on.ts'
import { isSessionThere } from '../store/browser-session.ts'
import { insertLoginEvent } from '../store/login-event.ts'
import {
  findIdentity,
  insertIdentity,
  isIdentityHeld,
  type LoginIdentity,
  touchIdentity,
} from '../store/login-identity.ts'
import { keepPendingIdentity } from '../store/pending-identity.ts'
import type { AccountTables } from '../store/tables.ts'
import { findUser, touchUser } from '../store/user.ts'
import { lockWaysToSignIn } from '../store/ways-to-sign-in.ts'
import { EXTERNAL } from './external.ts'
import { type Identities, type IdentityKey, keyOf, type ProvedIdentity } from './identity.ts'

/** Codes of `/account/identities` and `/login`; never text, so that nobody writes on those pages by a link. */
export type LinkOutcome = 'linked' | 'linked_already' | 'taken' | 'sandbox_admin' | 'gone'

export type LinkIdentity = (
  request: FastifyRequest,
  reply: FastifyReply,
  identity: IdentityKey & { readonly provider: string; readonly name: string; readonly isSandbox: boolean },
) => Promise<LinkOutcome>

/** For whom a session speaks, and nobody else: what it links is theirs from then on. */
export function createLinkIdentity(deps: {
  tables: Kysely<AccountTables>
  accounts: Pick<Accounts, 'changeSecret'>
}): LinkIdentity {
  const { tables, accounts } = deps
  return async (request, reply, identity) => {
    const { caller } = request
    const user = caller?.user && (await findUser(tables, caller.ownerId))
    if (!user) return 'gone'
    // Anybody signs in at a sandbox as anybody (security §10.10).
    if (user.isAdmin && identity.isSandbox) return 'sandbox_admin'
    const details = { provider: identity.provider, issuer: identity.issuer }
    const target = { kind: 'user', id: user.publicId } as const
    const note = auditNote(actorOf(request, user), { action: 'identity.linked', target, details })
    const isNew = await tables.transaction().execute(async (trx) => {
      await lockWaysToSignIn(trx, user.id)
      const isThere = await isSessionThere(trx, { id: caller.sessionId, ownerId: user.id })
      if (!isThere) return undefined
      const isNew = await insertIdentity(trx, { ...identity, id: newId(), ownerId: user.id })
      if (isNew) await note(trx)
      return isNew
    })
    if (isNew === undefined) return 'gone'
    if (!isNew) return (await findIdentity(tables, identity))?.ownerId === user.id ? 'linked_already' : 'taken'
    await accounts.changeSecret(request, reply)
    return 'linked'
  }
}

export function createIdentities(deps: {
  tables: Kysely<AccountTables>
  publicUrl: string
  accounts: Pick<Accounts, 'changeSecret'>
  finishSignIn: FinishSignIn
  link: LinkIdentity
}): Identities {
  const { tables, publicUrl } = deps

  async function signIn(
    request: FastifyRequest,
    reply: FastifyReply,
    known: { readonly row: LoginIdentity; readonly identity: ProvedIdentity; readonly way: WayOn },
  ): Promise<string> {
    const { row, identity, way } = known
    const { caller } = request
    // Who confirms that it is them does it as themselves; only an app's request may want somebody else.
    if (caller?.user && caller.ownerId !== row.ownerId && way.interaction === undefined) {
      return withNotice('/account/identities', 'other_account')
    }
    const user = await findUser(tables, row.ownerId)
    if (!user) return withNotice(withWayOn('/login', way), 'account_off')
    if (user.isAdmin && identity.provider.source === 'sandbox') {
      return withNotice(withWayOn('/login', way), 'sandbox_admin')
    }
    await touchIdentity(tables, { id: row.id, name: identity.name })
    const path = await deps.finishSignIn(request, reply, { user, amr: [EXTERNAL], way })
    // A provider does not lift a required second factor: then nobody is signed in yet.
    if (request.caller === caller) return path
    const event = { id: newId(), ownerId: user.id, outcome: 'succeeded', method: identity.provider.id } as const
    await Promise.all([
      user.isStale ? touchUser(tables, user.id) : undefined,
      insertLoginEvent(tables, { ...event, ...originOf(request) }),
    ])
    return path
  }

  return {
    signInPaths(fields) {
      const way = parseWayOn(fields, publicUrl)
      return { returnTo: afterSignIn(way), deniedTo: withWayOn('/login', way) }
    },
    async login(request, reply, { identity, deniedTo }) {
      const way = parseWayOn(Object.fromEntries(new URL(deniedTo, publicUrl).searchParams), publicUrl)
      const key = keyOf(identity)
      const row = await findIdentity(tables, key)
      if (row) return signIn(request, reply, { row, identity, way })
      const { caller } = request
      // One purpose completes no other (security §10.7): what was begun as a sign-in links nothing to who is there.
      if (caller?.user) return withNotice('/account/identities', 'not_linked')
      if (!caller) return withNotice(withWayOn('/login', way), 'identity_gone')
      const { name, provider } = identity
      const pending = { ...key, id: newId(), sessionId: caller.sessionId, provider: provider.id, name, way }
      await keepPendingIdentity(tables, pending)
      // Whoever knew the guest's cookie before must not decide for them (fixation, security §9.5).
      await deps.accounts.changeSecret(request, reply)
      return '/login/identity'
    },
    async link(request, reply, identity) {
      const { provider, name } = identity
      const isSandbox = provider.source === 'sandbox'
      const outcome = await deps.link(request, reply, { ...keyOf(identity), provider: provider.id, name, isSandbox })
      return withNotice('/account/identities', outcome)
    },
    isHeld: (key, except) => isIdentityHeld(tables, key, except),
  }
}

/** A code only: pages have the words. */
export function withNotice(path: string, notice: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}${new URLSearchParams({ notice })}`
}
