import type { ProviderSource } from '#config'
import {
  Button,
  ButtonLink,
  Card,
  Form,
  Layout,
  Notice,
  type PageContext,
  PageHead,
  ProviderMark,
  type VNode,
} from '#ui'

/** Before the provider's own pages: who will ask for what, and one button. */
export function connectPage(props: {
  readonly page: PageContext
  readonly provider: { readonly id: string; readonly name: string; readonly source: ProviderSource }
  /** What the scopes allow, in plain words. */
  readonly says: readonly string[]
  readonly hidden: Readonly<Record<string, string>>
}): VNode {
  const { page, provider, says, hidden } = props
  const { id, name } = provider
  return (
    <Layout page={page} title={`Connect ${name}`} width="narrow">
      <PageHead
        title={`Connect ${name}`}
        eyebrow={
          <>
            <ProviderMark provider={id} /> {name}
          </>
        }
        lead={`${name} will ask you to sign in there and to agree. Trivet never sees your password.`}
      />
      <Card heading="Trivet may then">
        <ul class="points" id="asked">
          {says.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
        <Form page={page} id="connect" action={page.href(`/connect/${id}`)} hidden={hidden}>
          <div class="row">
            <Button id="connect-submit">Go on to {name}</Button>
            <ButtonLink id="connect-cancel" kind="quiet" href={page.href(hidden['denied_to'] ?? '/connections')}>
              Not now
            </ButtonLink>
          </div>
        </Form>
      </Card>
      {provider.source === 'sandbox' ? (
        <Notice heading="Played by the sandbox">
          <p>No real account is touched: this server plays {name} itself until it has a client of its own.</p>
        </Notice>
      ) : null}
      <p class="soft">You can disconnect at any time; what is not needed any more is then taken back at {name} too.</p>
    </Layout>
  )
}
