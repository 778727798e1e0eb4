import type { FastifyRequest } from 'fastify'
import type { Mail } from '#mail'
import { type Audit, actorOf } from '../audit/audit.ts'
import { orderNotice } from '../email/notices.ts'
import type { User } from '../user.ts'

/** Whoever lost a recovery code learns that it was used, by whatever door (ASVS 5.0, 6.3.7). */
export async function noteRecoveryUse(
  deps: { readonly accounts: { readonly audit: Pick<Audit, 'record'> }; readonly mail: Pick<Mail, 'order'> },
  request: FastifyRequest,
  user: User,
): Promise<void> {
  const target = { kind: 'user', id: user.publicId } as const
  await deps.accounts.audit.record(actorOf(request, user), { action: 'recovery_code.used', target })
  await orderNotice(deps.mail, 'recovery_code_used', user)
}
