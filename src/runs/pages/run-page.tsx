import type { ConnectionView } from '#connections'
import { Button, Card, type Children, Form, Layout, type PageContext, PageHead, Progress, Timeline } from '#ui'
import type { Mashup } from '../definition/mashup.ts'
import { allSteps } from '../run-json.ts'
import { isOver, type Run, type RunStep } from '../run-view.ts'
import { BackNotice, type BackReason } from './back-notice.tsx'
import { RunEnd } from './run-end.tsx'
import { RunPause } from './run-pause.tsx'
import { RunResultView } from './run-result.tsx'

export type RunPageProps = {
  readonly page: PageContext
  readonly run: Run
  readonly steps: readonly RunStep[]
  readonly mashup: Mashup | undefined
  readonly accounts: readonly ConnectionView[]
  readonly now: Date
  /** The person comes back from the provider without having connected the account. */
  readonly back?: BackReason | undefined
}

/** Seconds between two loads of the page without JavaScript; a run that waits goes on by itself once it may. */
const REFRESH_SECONDS = { working: 2, paused: 5 }

/** A run: what happens, and when it is over what came of it. Complete as plain HTML; the island keeps it live. */
export function RunPage({ page, run, steps, mashup, accounts, now, back }: RunPageProps) {
  const over = isOver(run.status)
  const title = titleOf(run, mashup)
  return (
    <Layout
      page={page}
      title={title}
      islands={over ? [] : ['run']}
      refresh={over ? undefined : { seconds: REFRESH_SECONDS[run.status === 'paused' ? 'paused' : 'working'] }}
    >
      <PageHead title={title} aside={over ? undefined : <CancelForm page={page} run={run} />} />
      {run.pause && back ? <BackNotice notice={back} provider={accountOf(run, accounts)?.providerName} /> : null}
      {run.pause ? <RunPause page={page} run={run} pause={run.pause} account={accountOf(run, accounts)} /> : null}
      {run.result ? <RunResultView page={page} run={run} result={run.result} mashup={mashup} /> : null}
      <RunEnd page={page} run={run} mashup={mashup} />
      <Card>
        <RunLive page={page} run={run} elapsed={elapsedSeconds(run, now)}>
          {run.status === 'succeeded' ? null : (
            <Progress
              id="progress"
              label={title}
              value={run.progress}
              sentence={sentenceOf(run)}
              seconds={elapsedSeconds(run, now)}
            />
          )}
          <Timeline id="steps" label="Steps" steps={allSteps(run, mashup, steps).map(timelineStep)} />
        </RunLive>
      </Card>
    </Layout>
  )
}

/** What the island `run` takes hold of. */
function RunLive(props: {
  readonly page: PageContext
  readonly run: Run
  /** By the server's clock; the island counts on from it. */
  readonly elapsed: number | undefined
  readonly children: Children
}) {
  const { page, run, elapsed = 0, children } = props
  return (
    <run-live
      data-events={page.href(`/api/runs/${run.id}/events`)}
      data-status={run.status}
      data-revision={run.revision}
      data-elapsed={elapsed}
      class="stack"
    >
      {children}
    </run-live>
  )
}

function CancelForm({ page, run }: { readonly page: PageContext; readonly run: Run }) {
  return (
    <Form page={page} action={page.href(`/runs/${run.id}/cancel`)}>
      <Button id="cancel" kind="quiet">
        Cancel
      </Button>
    </Form>
  )
}

function titleOf(run: Run, mashup: Mashup | undefined): string {
  if (run.result) return run.result.title
  const what = mashup?.running ?? run.mashup
  switch (run.status) {
    case 'queued':
    case 'running':
    case 'succeeded':
      return what
    case 'paused':
      return `${what}: waiting for you`
    case 'failed':
      return `${what}: it did not work`
    case 'cancelled':
      return `${what}: cancelled`
  }
}

function sentenceOf(run: Run): string {
  if (run.message) return run.message
  switch (run.status) {
    case 'queued':
      return 'waiting for its turn'
    case 'paused':
      return 'waiting for you'
    case 'running':
      return 'at work'
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return run.status
  }
}

function timelineStep(step: RunStep) {
  const { startedAt, finishedAt } = step
  return {
    name: step.name,
    status: step.status,
    message: step.message ?? undefined,
    attempts: step.attempts,
    seconds: startedAt && finishedAt ? (finishedAt.getTime() - startedAt.getTime()) / 1000 : undefined,
  }
}

/** Since its first step; until its end, or until now. */
function elapsedSeconds(run: Run, now: Date): number | undefined {
  if (!run.startedAt) return undefined
  return Math.max(0, ((run.finishedAt ?? now).getTime() - run.startedAt.getTime()) / 1000)
}

function accountOf(run: Run, accounts: readonly ConnectionView[]): ConnectionView | undefined {
  return accounts.find((account) => account.id === run.pause?.connection_id)
}
