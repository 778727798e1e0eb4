import { KeyValues } from '../components/key-values.tsx'
import { PageHead } from '../components/page-head.tsx'
import type { Children } from '../jsx.ts'
import { Layout } from '../layout.tsx'
import type { PageContext } from '../page-context.ts'

export type ErrorPageProps = {
  readonly page: PageContext
  /** HTTP status of the answer. */
  readonly status: number
  readonly title: string
  /** Public: what happened and what to do. */
  readonly message: Children
  /** Stable, lower snake case; explained at `/problems/<code>`. */
  readonly code: string
  /** Finds the log lines. */
  readonly requestId: string
  /** The one thing to do: a ButtonLink or a Form. The way home otherwise. */
  readonly action?: Children
}

/** What went wrong, what to do, and what to quote when asking for help. The message has id `error`. */
export function ErrorPage({ page, status, title, message, code, requestId, action }: ErrorPageProps) {
  return (
    <Layout page={page} title={title} width="narrow">
      <div class="stack" id="error">
        <PageHead title={title} lead={message} />
        <div class="row">
          {action ?? (
            <a class="button primary" href={page.href('/')}>
              Go to the start page
            </a>
          )}
        </div>
      </div>
      <KeyValues
        items={[
          { label: 'Status', value: status },
          {
            label: 'Code',
            value: (
              <a href={page.href(`/problems/${code}`)}>
                <code>{code}</code>
              </a>
            ),
          },
          { label: 'Request', value: <code>{requestId}</code> },
        ]}
      />
    </Layout>
  )
}
