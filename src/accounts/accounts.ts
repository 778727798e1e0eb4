import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Audit } from './audit/audit.ts'
import type { BearerUser, LoginTokens } from './login/login-token.ts'
import type { RegistrationOutcome } from './register/register.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { User, UserEntry } from './user.ts'
import type { Visitors } from './visitors/visitors.ts'

/** People of this server, and the browsers that speak for them. */
export type Accounts = Visitors &
  Sessions & {
    /** Undefined for guests, and for who is disabled or being deleted: they are to be treated as gone. */
    user(ownerId: string): Promise<User | undefined>
    /** By the `sub` of a token; undefined as above. */
    userByPublicId(publicId: string): Promise<User | undefined>
    loginToken: LoginTokens
    /** Who the login token of the `Authorization` header speaks for. Undefined for any other kind of token. */
    bearerUser(request: FastifyRequest): Promise<BearerUser | undefined>
    /** Claims of OpenID Connect Core §5.4 for these scopes, without `sub`. */
    claimsOf(user: User, scopes: readonly string[]): Record<string, unknown>
    /**
     * Makes a user without a page, for `trivet user create`; reserved names are allowed.
     *
     * @throws Problem `too_busy`
     */
    createUser(user: {
      readonly username: string
      readonly password: string
      readonly email?: string
      readonly isAdmin: boolean
    }): Promise<RegistrationOutcome>
    /** All users by name, disabled ones too; for `trivet user list`. */
    listUsers(): Promise<readonly UserEntry[]>
    /**
     * Disabling ends sessions, login tokens and all that apps hold, in every process; enabling lets them sign in again.
     * May be repeated.
     *
     * @returns whether there is a user of that name
     */
    setDisabled(username: string, isDisabled: boolean): Promise<boolean>
    audit: Audit
    /** `/register`, `/login`, `/logout`, `/account`, `/api/account`. */
    routes(server: FastifyInstance): void
  }
