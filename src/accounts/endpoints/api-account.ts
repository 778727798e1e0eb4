import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { problem } from '../errors.ts'
import { requireFreshToken } from '../login/fresh-token.ts'
import { originOf } from '../login/origin.ts'
import { claimsOf } from '../profile/claims.ts'
import { PROFILE_FIELDS, type ProfileFields, parseProfile } from '../profile/parse-profile.ts'
import { profileFields } from '../profile/profile-fields.ts'
import { isEmailChange, saveProfile } from '../profile/save-profile.ts'
import type { User } from '../user.ts'
import { bodyType } from './body-type.ts'
import type { EndpointDeps } from './deps.ts'

const FRESH_SECONDS = 5 * 60
const ALL_SCOPES = ['profile', 'email', 'address', 'phone']

/** `GET` and `PATCH /api/account`: one's own profile, by a login token or the session. */
export function apiAccountRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  server.get('/api/account', async (request, reply) => view(await requireUser(deps, request, reply)))

  server.patch('/api/account', async (request, reply) => {
    const user = await requireUser(deps, request, reply)
    if (request.caller) deps.csrf.requireSameOrigin(request)
    if (bodyType(request) !== 'json') throw problem('login_body_type', 'Send application/json.')
    const parsed = parseProfile({ ...profileFields(user), ...readChanges(request.body) })
    if ('errors' in parsed) {
      const members = { errors: parsed.errors }
      throw problem('profile_invalid', 'Nothing was saved; `errors` names what is wrong.', { members })
    }
    if (isEmailChange(user, parsed)) await requireFreshProof(deps, request, reply, user)
    await saveProfile(deps, user, parsed, originOf(request).address)
    return view((await deps.accounts.user(user.id)) ?? user)
  })
}

/** Of the e-mail address: it is a way into the account. A login token says itself how old it is. */
async function requireFreshProof(
  deps: EndpointDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { authTime }: { readonly authTime?: Date },
): Promise<void> {
  if (authTime === undefined) return deps.accounts.requireFreshSignIn(request, FRESH_SECONDS)
  requireFreshToken(reply, { authTime, now: deps.clock.now(), seconds: FRESH_SECONDS })
}

async function requireUser(
  deps: EndpointDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<User & { readonly authTime?: Date }> {
  const { caller } = request
  const user = caller
    ? caller.user && (await deps.accounts.user(caller.ownerId))
    : await deps.accounts.bearerUser(request)
  if (user) return user
  // RFC 9110 §11.6.1: a 401 says what would open the door.
  reply.header('www-authenticate', 'Bearer realm="trivet"')
  throw problem('sign_in_required', 'Send a login token, which POST /login gives, as Authorization: Bearer.')
}

function view(user: User) {
  return { sub: user.publicId, ...claimsOf(user, ALL_SCOPES) }
}

/**
 * Members that are there replace what there was, an empty one or null takes it away. Only what the form has is read:
 * `sub`, `email_verified`, `is_admin` and the like count as unknown, and unknown members as not sent.
 */
function readChanges(body: unknown): ProfileFields {
  const changes: Record<string, string> = {}
  for (const field of PROFILE_FIELDS) {
    const [name = '', part] = field.split('.')
    const value = part === undefined ? member(body, name) : addressMember(body, part)
    if (value === undefined) continue
    if (value !== null && typeof value !== 'string') {
      const errors = [{ field, message: 'Text, or null.' }]
      throw problem('profile_invalid', `Nothing was saved: ${field} is no text.`, { members: { errors } })
    }
    changes[field] = value ?? ''
  }
  return changes
}

/** `address: null` takes all of it away. */
function addressMember(body: unknown, part: string): unknown {
  const address = member(body, 'address')
  return address === null ? null : member(address, part)
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined
}
