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
  Time,
  type VNode,
} from '#ui'
import type { SignInProvider } from '../identities/identity.ts'
import type { LoginIdentity } from '../store/login-identity.ts'

export type IdentitiesNotice = { readonly tone: 'ok' | 'warn'; readonly heading: string; readonly text: string }

/** `/account/identities`: accounts elsewhere that sign one in here. */
export function identitiesPage(props: {
  readonly page: PageContext
  readonly identities: readonly LoginIdentity[]
  readonly providers: readonly SignInProvider[]
  readonly notice: IdentitiesNotice | undefined
}): VNode {
  const { page, identities, providers, notice } = props
  return (
    <Layout page={page} title="Sign in with" width="narrow">
      <PageHead
        title="Sign in with"
        lead="Accounts elsewhere with which you sign in here. Whoever is signed in there can be signed in here."
      />
      {notice === undefined ? null : (
        <Notice id="notice" role="status" tone={notice.tone} heading={notice.heading}>
          <p>{notice.text}</p>
        </Notice>
      )}
      <Card id="identities" heading="Linked">
        {identities.length === 0 ? (
          <p id="no-identities">None yet.</p>
        ) : (
          <ul class="plain stack">
            {identities.map((identity) => (
              <Linked key={identity.id} page={page} identity={identity} providers={providers} />
            ))}
          </ul>
        )}
      </Card>
      {providers.length === 0 ? null : (
        <Card id="link" heading="Link another one">
          <div class="row">
            {providers.map(({ id, name }) => (
              <Form key={id} page={page} action={page.href(`/account/identities/${id}`)}>
                <Button id={`link-${id}`} kind="quiet">
                  <ProviderMark provider={id} /> Link {name}
                </Button>
              </Form>
            ))}
          </div>
          <p class="soft">
            This is for signing in only, and gives Trivet no access to what is yours there. What mash-ups may do is on{' '}
            <a href={page.href('/connections')}>the page of connections</a>.
          </p>
        </Card>
      )}
      <p>
        <ButtonLink id="identities-back" kind="quiet" href={page.href('/account')}>
          Back to your account
        </ButtonLink>
      </p>
    </Layout>
  )
}

function Linked(props: {
  readonly page: PageContext
  readonly identity: LoginIdentity
  readonly providers: readonly SignInProvider[]
}) {
  const { page, identity, providers } = props
  const { id, provider, issuer, name, linkedAt, usedAt } = identity
  const known = providers.find((one) => one.issuer === issuer)
  return (
    <li id={`identity-${id}`} class="row" data-provider={provider}>
      <span>
        <span class="eyebrow">
          <ProviderMark provider={provider} /> {known?.name ?? provider}
        </span>
        <b>{name}</b>
        <br />
        <span class="soft">
          linked <Time at={linkedAt} />
          {usedAt === null ? null : (
            <>
              , last used <Time at={usedAt} />
            </>
          )}
          {known === undefined ? '; cannot be used at the moment, this server has not set it up' : null}
        </span>
      </span>
      <Form page={page} action={page.href(`/account/identities/${id}/unlink`)}>
        <Button id={`unlink-${id}`} kind="quiet">
          Unlink <span class="unseen">{name}</span>
        </Button>
      </Form>
    </li>
  )
}
