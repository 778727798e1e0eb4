import type { AuditEvent } from '#accounts'
import { TextInput, type VNode } from '#ui'
import { AuditTable } from './audit-table.tsx'
import { ConsoleFrame, type Frame } from './frame.tsx'
import { NextPage, SearchForm } from './list-parts.tsx'

const PATH = '/console/audit'

/** `/console/audit`. */
export function auditPage(
  props: Frame & {
    readonly events: readonly AuditEvent[]
    readonly next: string | null
    /** What the form held. */
    readonly asked: { readonly action: string; readonly actor: string; readonly target: string }
  },
): VNode {
  const { page, events, next, asked } = props
  return (
    <ConsoleFrame
      {...props}
      title="Audit log"
      lead="What was done to accounts, apps and keys, and by whom. Kept for a year."
    >
      <SearchForm page={page} id="audit-search" path={PATH}>
        <TextInput
          id="action"
          name="action"
          label="What"
          hint="Such as user.disabled, or user for all that begins so."
          value={asked.action}
          maxlength={100}
          autocapitalize="none"
          optional
        />
        <TextInput
          id="actor"
          name="actor"
          label="Who"
          hint="A username, an id, or command."
          value={asked.actor}
          maxlength={200}
          autocapitalize="none"
          optional
        />
        <TextInput
          id="target"
          name="target"
          label="To whom or what"
          hint="A username, or an id."
          value={asked.target}
          maxlength={2000}
          autocapitalize="none"
          optional
        />
      </SearchForm>
      <AuditTable page={page} events={events} />
      <NextPage page={page} path={PATH} query={asked} from={['before', next]} />
    </ConsoleFrame>
  )
}
