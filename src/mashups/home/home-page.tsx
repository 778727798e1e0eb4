import type { Mashup, Run } from '#runs'
import { CardLink, Layout, type PageContext, PageHead, Table, Tag } from '#ui'
import { BrokenCard, type BrokenFile, OwnCard } from './own-cards.tsx'
import { SYSTEMS, type System } from './systems.ts'

/** Files of one's own that are no mash-ups, and whether this visitor may read why. */
export type BrokenFiles = { readonly files: readonly BrokenFile[]; readonly reasons: boolean }

/** `GET /`: what there is, as cards, and the person's last runs. */
export function HomePage(props: {
  readonly page: PageContext
  readonly mashups: readonly Mashup[]
  readonly broken: BrokenFiles
  readonly runs: readonly Run[]
  readonly title: (run: Run) => string
}) {
  const { page, mashups, broken, runs, title } = props
  const here = new Set(mashups.map((mashup) => mashup.path))
  const systems = new Set(SYSTEMS.map((system) => system.path))
  const own = mashups.filter((mashup) => !systems.has(mashup.path))
  return (
    <Layout page={page} title="Trivet" description="Things done on your own accounts, with your say-so.">
      <PageHead
        title="Things done on your own accounts, with your say-so."
        lead="Pick one. You see beforehand what it asks for, you watch it happen, and you can take the permission back."
      />
      <div class="grid">
        {SYSTEMS.map((system) => (
          <SystemCard
            key={system.id}
            page={page}
            system={system}
            to={system.page ?? (system.path !== undefined && here.has(system.path) ? system.path : undefined)}
          />
        ))}
        {own.map((mashup) => (
          <OwnCard key={mashup.id} page={page} mashup={mashup} />
        ))}
        {broken.files.map((file) => (
          <BrokenCard key={file.file} file={file} reasons={broken.reasons} />
        ))}
      </div>
      {runs.length === 0 ? null : (
        <div class="stack">
          <h2>Your last runs</h2>
          <Table
            id="recent-runs"
            caption="Your last runs"
            captionHidden
            headers={['What', 'How it stands']}
            rows={runs.map((run) => [
              <a key="link" href={page.href(`/runs/${run.id}`)}>
                {title(run)}
              </a>,
              <Tag key="status">{run.status}</Tag>,
            ])}
          />
        </div>
      )}
    </Layout>
  )
}

function SystemCard({
  page,
  system,
  to,
}: {
  readonly page: PageContext
  readonly system: System
  /** Absent where its page is yet to come. */
  readonly to: string | undefined
}) {
  if (to !== undefined) {
    return (
      <CardLink id={`card-${system.id}`} href={page.href(to)} title={system.title} eyebrow={system.eyebrow}>
        {system.text}
      </CardLink>
    )
  }
  return (
    <div class="card" id={`card-${system.id}`}>
      <p class="eyebrow">{system.eyebrow}</p>
      <h2 class="card-title">{system.title}</h2>
      <p class="soft">{system.text}</p>
      <p>
        <Tag>not there yet</Tag>
      </p>
    </div>
  )
}
