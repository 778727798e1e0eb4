import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Writer } from '#mail'
import type { Administration } from './administration/administration.ts'
import type { Audit, AuditActor } from './audit/audit.ts'
import type { Identities } from './identities/identity.ts'
import type { BearerUser, LoginTokens } from './login/login-token.ts'
import type { RegistrationOutcome } from './register/register.ts'
import type { FreshSignIn } from './sessions/fresh-sign-in.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { NamedUser, User, UserEntry } from './user.ts'
import type { Visitors } from './visitors/visitors.ts'

/** People of this server, and the browsers that speak for them. */
export type Accounts = Visitors &
  Sessions &
  FreshSignIn & {
    /** Undefined for guests, and for who is disabled or being deleted: they are to be treated as gone. */
    user(ownerId: string): Promise<User | undefined>
    /** By the `sub` of a token; undefined as above. */
    userByPublicId(publicId: string): Promise<User | undefined>
    /** Notes that somebody's app did something in their name ("operation time"), at most once a minute. */
    noteUse(user: Pick<User, 'id' | 'isStale'>): Promise<void>
    loginToken: LoginTokens
    /** Who the login token of the `Authorization` header speaks for. Undefined for any other kind of token. */
    bearerUser(request: FastifyRequest): Promise<BearerUser | undefined>
    /** Claims of OpenID Connect Core §5.4 for these scopes, without `sub`. */
    claimsOf(user: User, scopes: readonly string[]): Record<string, unknown>
    /**
     * Makes a user without a page, for `trivet user create`; reserved names are allowed.
     *
     * @param by who is recorded with it
     * @throws Problem `too_busy`
     */
    createUser(
      user: {
        readonly username: string
        readonly password: string
        readonly email?: string
        readonly isAdmin: boolean
      },
      by?: AuditActor,
    ): Promise<RegistrationOutcome>
    /** All users by name, disabled ones too; for `trivet user list`. */
    listUsers(): Promise<readonly UserEntry[]>
    /**
     * Disabling ends sessions, login tokens and all that apps hold, in every process; enabling lets them sign in again.
     * May be repeated.
     *
     * @param by who is recorded with it; the server itself, unless told
     * @returns `last_administrator` when nobody could open the console any more: then nothing is done
     */
    setDisabled(
      username: string,
      isDisabled: boolean,
      by?: AuditActor,
    ): Promise<'done' | 'not_found' | 'last_administrator'>
    /** Users as administrators see them. */
    administration: Administration
    /**
     * A link with which somebody chooses a new password: works once, for 15 minutes. For whoever runs the server, by name,
     * and for administrators, by `u_…`. It is recorded who made it.
     *
     * @returns undefined when there is nobody of that name who may sign in
     */
    resetLink(who: NamedUser, by: AuditActor): Promise<string | undefined>
    /**
     * The link with which the first administrator is made, to be shown to whoever started the server, on their own
     * machine only (security §10.11).
     *
     * @returns undefined from the second call on, in all processes and for ever; and while there is an administrator
     */
    setupLink(): Promise<string | undefined>
    /** Who writes the letters of this room, for `mail.start`. */
    writers: Readonly<Record<string, Writer>>
    /**
     * For who has lost both phone and recovery codes: the password alone signs them in again. Passkeys stay.
     *
     * @returns whether codes were asked for; false also when there is nobody of that name
     */
    removeCodes(who: NamedUser, by: AuditActor): Promise<boolean>
    audit: Audit
    /** Accounts at providers that sign people in. */
    identities: Identities
    /** `/register`, `/login`, `/logout`, `/account`, `/api/account`. */
    routes(server: FastifyInstance): void
  }
