import type { FastifyReply } from 'fastify'
import { problem } from '../errors.ts'

/**
 * For changes by a login token: it says itself when its owner proved who they are.
 *
 * @param proof.seconds how old that may be
 * @throws Problem `login_token_too_old` (401), with the challenge that says what would do
 */
export function requireFreshToken(
  reply: FastifyReply,
  { authTime, now, seconds }: { readonly authTime: Date; readonly now: Date; readonly seconds: number },
): void {
  if (now.getTime() - authTime.getTime() < seconds * 1000) return
  // RFC 9470 §3.
  const challenge = `Bearer realm="trivet", error="insufficient_user_authentication", max_age="${seconds}"`
  reply.header('www-authenticate', challenge)
  throw problem('login_token_too_old', 'Get a new login token by POST /login, then try again.')
}
