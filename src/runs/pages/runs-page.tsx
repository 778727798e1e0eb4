import { ButtonLink, EmptyState, Layout, type PageContext, PageHead, Table, Tag, Time } from '#ui'
import type { Mashup } from '../definition/mashup.ts'
import type { Run, RunStatus } from '../run-view.ts'

type Tone = 'ok' | 'bad' | 'warn' | 'info'

const TONES: Readonly<Record<RunStatus, Tone>> = {
  queued: 'info',
  running: 'info',
  paused: 'warn',
  succeeded: 'ok',
  failed: 'bad',
  cancelled: 'info',
}

/** `GET /runs`: the owner's runs. */
export function RunsPage(props: {
  readonly page: PageContext
  readonly runs: readonly Run[]
  readonly mashup: (id: string) => Mashup | undefined
  readonly start: string
}) {
  const { page, runs, mashup, start } = props
  return (
    <Layout page={page} title="Runs">
      <PageHead title="Runs" lead="What Trivet did for you, and is doing. Only you see these." />
      {runs.length === 0 ? (
        <EmptyState
          id="no-runs"
          heading="No runs yet"
          action={<ButtonLink id="start" href={page.href(start)}>{`Begin with ${mashupTitle(props)}`}</ButtonLink>}
        >
          A run begins with a form. It appears here, and stays after you close the tab.
        </EmptyState>
      ) : (
        <Table
          id="runs"
          caption="Your runs, newest first"
          captionHidden
          headers={['What', 'How it stands', 'Begun']}
          rows={runs.map((run) => [
            <a key="link" href={page.href(`/runs/${run.id}`)}>
              {run.result?.title ?? mashup(run.mashup)?.title ?? run.mashup}
            </a>,
            <Tag key="status" tone={TONES[run.status]}>
              {run.status}
            </Tag>,
            <Time key="at" at={run.createdAt} />,
          ])}
        />
      )}
    </Layout>
  )
}

function mashupTitle({ start }: { readonly start: string }): string {
  return start === '/' ? 'the first page' : start.slice(1)
}
