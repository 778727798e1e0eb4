import type { ProviderDefinition } from '../provider/definition.ts'
import type { ConnectionRow } from '../store/connection.ts'

const DAY_SECONDS = 86_400

/**
 * Why a connection has to be made again: `grant_dead`, `renewal_lost`, `access_ended`, `tokens_unreadable`, `token_refused`, or a
 * diagnosis of the provider.
 */
export function diagnose(
  definition: ProviderDefinition,
  row: Pick<ConnectionRow, 'age'>,
  others: { readonly answerLost: boolean },
): string {
  const days = row.age / DAY_SECONDS
  const known = definition.deadGrant?.diagnoses?.find((one) => days >= one.fromDays && days <= one.toDays)
  if (known) return known.code
  return others.answerLost && definition.tokens.refresh === 'rotating' ? 'renewal_lost' : 'grant_dead'
}

type Ending = Pick<ConnectionRow, 'status' | 'reason'>

/** Nothing is known against the grant itself: it works, or its tokens went astray here. */
export function mayBeAlive({ status, reason }: Ending): boolean {
  return status === 'active' || ['access_ended', 'renewal_lost', 'tokens_unreadable'].includes(reason ?? '')
}

/** The provider may still hold a grant that has to be given back, be it one that is of no use. */
export function mayBeHeld(row: Ending): boolean {
  return mayBeAlive(row) || row.reason === 'token_refused'
}

/** The reason in plain words. */
export function describeReason(definition: ProviderDefinition, code: string): string {
  const { name } = definition
  const known = definition.deadGrant?.diagnoses?.find((one) => one.code === code)
  if (known) return known.says
  if (code === 'access_ended') {
    return `The access has ended, and ${name} had given nothing to renew it with (no refresh token).`
  }
  if (code === 'tokens_unreadable') {
    return 'The keys to this account that are stored here could not be read.'
  }
  if (code === 'token_refused') {
    return `${name} renews the access, and then refuses it all the same.`
  }
  if (code === 'renewal_lost') {
    return `${name} renewed the access, but its answer never arrived, and it gives each answer only once.`
  }
  return `${name} no longer accepts the access: it was taken back there, was not used for long, or ended with a change of the account.`
}
