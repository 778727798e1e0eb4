import { ButtonLink, Card, Layout, Notice, type PageContext, PageHead, type VNode } from '#ui'

/** The answer that shows recovery codes: the only one that does. */
export function recoveryCodesPage(props: {
  readonly page: PageContext
  readonly codes: readonly string[]
  readonly status: string
}): VNode {
  const { page, codes, status } = props
  return (
    <Layout page={page} title="Recovery codes" width="narrow" status={status}>
      <PageHead title="Your recovery codes" lead="For the day on which you do not have your authenticator app." />
      <Notice tone="warn" heading="They are shown only now">
        <p>
          Keep them where you keep your passwords, or on paper. Each signs you in once, in place of a code from the app.
          Earlier ones no longer work.
        </p>
      </Notice>
      <Card>
        <ol id="recovery-codes">
          {codes.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ol>
        <p>
          <ButtonLink id="recovery-codes-kept" href={page.href('/account/factors')}>
            I have kept them
          </ButtonLink>
        </p>
      </Card>
    </Layout>
  )
}
