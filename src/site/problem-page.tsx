import type { ProblemTypes } from '#http'
import { Card, KeyValues, Layout, type PageContext, PageHead, Table } from '#ui'

export function ProblemsPage({ page, catalogue }: { readonly page: PageContext; readonly catalogue: ProblemTypes }) {
  const rows = Object.entries(catalogue)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([code, type]) => [
      <a key="code" href={page.href(`/problems/${code}`)}>
        <code>{code}</code>
      </a>,
      type.status,
      type.title,
    ])
  return (
    <Layout page={page} title="Problems">
      <PageHead title="Problems" lead="Every code that an error of this server can carry." />
      <Table
        id="problems"
        caption="Codes"
        captionHidden
        headers={['Code', 'HTTP status', 'What it says']}
        rows={rows}
      />
    </Layout>
  )
}

export function ProblemPage(props: {
  readonly page: PageContext
  readonly code: string
  readonly type: { readonly status: number; readonly title: string }
}) {
  const { page, code, type } = props
  return (
    <Layout page={page} title={code} width="narrow">
      <PageHead title={type.title} />
      <Card>
        <KeyValues
          items={[
            { label: 'Code', value: <code>{code}</code> },
            { label: 'HTTP status', value: type.status },
          ]}
        />
        <p>
          The answer that led here says in <code>detail</code> what happened and what to do. Quote its{' '}
          <code>request_id</code> when you ask whoever runs this server.
        </p>
        <a href={page.href('/problems')}>All codes</a>
      </Card>
    </Layout>
  )
}
