import {
  Button,
  ButtonLink,
  CopyField,
  Form,
  KeyValues,
  Layout,
  Notice,
  type PageContext,
  PageHead,
  type VNode,
} from '#ui'
import type { ConnectionProblemCode } from '../errors.ts'
import type { Purpose } from '../store/authorization-request.ts'

const NOTHING: Readonly<Record<Purpose, string>> = {
  login: 'You are not signed in.',
  link: 'Nothing was linked.',
  connect: 'Nothing was connected.',
}

type ShownProvider = { readonly id: string; readonly name: string; readonly redirectUri: string }

/** How a sign-in went wrong: what happened, whose turn it is, and the way to try again with everything kept. */
export function outcomePage(props: {
  readonly page: PageContext
  readonly provider: ShownProvider
  readonly code: ConnectionProblemCode
  readonly title: string
  readonly purpose: Purpose
  /** The form that begins the same sign-in again. */
  readonly action: string
  readonly hidden: Readonly<Record<string, string>>
  /** Where the visitor came from. */
  readonly back: string
}): VNode {
  const { page, provider, purpose, code, title, action, hidden, back } = props
  const forOperator = code === 'provider_misconfigured' || code === 'redirect_uri_refused'
  return (
    <Layout page={page} title={title} width="narrow" islands={['copy-field']}>
      <PageHead title={title} />
      <div class="stack" id="error">
        <p class="lead">
          {textOf(code, provider.name)} {NOTHING[purpose]}
        </p>
      </div>
      {forOperator ? <ForOperator page={page} provider={provider} code={code} /> : null}
      <Form page={page} id="again" action={page.href(action)} hidden={hidden}>
        <div class="row">
          <Button id="try-again">Try again</Button>
          <ButtonLink id="go-back" kind="quiet" href={page.href(back)}>
            Go back
          </ButtonLink>
        </div>
      </Form>
      <KeyValues items={[{ label: 'Code', value: <a href={page.href(`/problems/${code}`)}>{code}</a> }]} />
    </Layout>
  )
}

function ForOperator(props: {
  readonly page: PageContext
  readonly provider: ShownProvider
  readonly code: ConnectionProblemCode
}) {
  const { page, provider, code } = props
  const { id, name, redirectUri } = provider
  return (
    <Notice tone="warn" heading="For whoever runs this server">
      <div class="stack">
        <p>
          {code === 'provider_misconfigured'
            ? `${name} says invalid_client: the client id or, mostly, the client secret in the settings is wrong, or was replaced or deleted at ${name}.`
            : `${name} says redirect_uri_mismatch: the address below has to be registered there, character by character.`}{' '}
          <a href={page.href(`/setup/${id}`)}>Set up {name}</a> shows every step.
        </p>
        <CopyField id="redirect-uri" label="Redirect URI of this server" value={redirectUri} />
      </div>
    </Notice>
  )
}

function textOf(code: ConnectionProblemCode, name: string): string {
  switch (code) {
    case 'wrong_issuer':
      return `The answer says that it comes from another server than the ${name} that was asked, so it was not used.`
    case 'identity_not_proved':
      return `${name} did not prove whose account it is, so it was not used.`
    case 'provider_misconfigured':
      return `${name} does not accept this server’s client id and client secret. You cannot help that.`
    case 'redirect_uri_refused':
      return `${name} does not know the address that it should send you back to. You cannot help that.`
    case 'provider_refused':
      return `${name} did not accept the sign-in. It may have taken too long, or your organisation does not allow this app.`
    case 'provider_busy':
      return `${name} has asked for a pause, or more sign-ins wait for it here than it takes. Try again in a minute.`
    case 'provider_unavailable':
      return `${name} did not answer as it should. That mostly passes.`
    default:
      return 'This sign-in was answered once already, and an answer works only once.'
  }
}
