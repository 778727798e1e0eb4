import type { AuditEvent, UserCounts } from '#accounts'
import type { ClientCounts } from '#authorization'
import type { KeyView } from '#crypto'
import type { LetterTrouble } from '#mail'
import { CardLink, type VNode } from '#ui'
import { AuditTable } from './audit-table.tsx'
import { ConsoleFrame, type Frame } from './frame.tsx'
import { LettersTable } from './letters-table.tsx'

/** `/console`: what there is, and what was done lately. */
export function overviewPage(
  props: Frame & {
    readonly people: UserCounts
    readonly apps: ClientCounts
    readonly keys: readonly KeyView[]
    readonly events: readonly AuditEvent[]
    readonly letters: readonly LetterTrouble[]
  },
): VNode {
  const { page, people, apps, keys, events, letters } = props
  const signing = keys.filter(({ state }) => state === 'signing')
  return (
    <ConsoleFrame {...props} title="Console" lead="For administrators of this server.">
      <div class="grid">
        <CardLink id="overview-users" href={page.href('/console/users')} title={`${people.users} users`}>
          {people.online} online now, {people.administrators} administrators, {people.disabled} disabled.
        </CardLink>
        <CardLink id="overview-clients" href={page.href('/console/clients')} title={`${apps.clients} apps`}>
          {apps.unverified} unverified, {apps.disabled} switched off.
        </CardLink>
        <CardLink id="overview-keys" href={page.href('/console/keys')} title={`${keys.length} keys`}>
          {signing.map(({ alg }) => alg).join(' and ')} {signing.length === 1 ? 'signs' : 'sign'} now.
        </CardLink>
      </div>
      {letters.length === 0 ? null : (
        <div class="stack">
          <h2>Letters that could not be sent</h2>
          <LettersTable letters={letters} />
        </div>
      )}
      <div class="stack">
        <h2>What was done lately</h2>
        <AuditTable page={page} events={events} />
      </div>
    </ConsoleFrame>
  )
}
