import type { AuditEvent } from '#accounts'
import { type PageContext, Table, Time } from '#ui'

/** Events, the latest first; ids lead to the pages about them. */
export function AuditTable({ page, events }: { readonly page: PageContext; readonly events: readonly AuditEvent[] }) {
  if (events.length === 0) return <p id="no-events">Nothing that fits.</p>
  return (
    <Table
      id="audit"
      caption="Audit log, the latest first"
      captionHidden
      headers={['When', 'Who', 'What', 'To whom or what', 'More', 'From']}
      rows={events.map((event) => [
        <Time key="at" at={event.at} />,
        <Actor key="actor" page={page} event={event} />,
        <code key="action">{event.action}</code>,
        <Target key="target" page={page} event={event} />,
        describeDetails(event.details),
        event.address,
      ])}
    />
  )
}

function Actor({ page, event }: { readonly page: PageContext; readonly event: AuditEvent }) {
  const { actor, actorName } = event
  if (!actor.startsWith('u_')) return <>{actor}</>
  return <a href={page.href(`/console/users/${encodeURIComponent(actor)}`)}>{actorName ?? actor}</a>
}

function Target({ page, event }: { readonly page: PageContext; readonly event: AuditEvent }) {
  const { targetKind: kind, targetId: id } = event
  if (kind === null || id === null) return <>–</>
  if (kind === 'user') return <a href={page.href(`/console/users/${encodeURIComponent(id)}`)}>{id}</a>
  if (kind === 'client') return <a href={page.href(`/console/client?${new URLSearchParams({ id })}`)}>{id}</a>
  return (
    <>
      {kind.replaceAll('_', ' ')} <code>{id.slice(0, 12)}</code>
    </>
  )
}

function describeDetails(details: Readonly<Record<string, unknown>>): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
}
