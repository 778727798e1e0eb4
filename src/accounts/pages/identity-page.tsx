import {
  Button,
  Card,
  ErrorSummary,
  type FieldError,
  Form,
  Layout,
  type PageContext,
  PageHead,
  ProviderMark,
  type VNode,
} from '#ui'
import { NAME_HINT, UsernameField } from './credential-fields.tsx'

type Pending = { readonly id: string; readonly provider: string; readonly providerName: string; readonly name: string }

/** `/login/identity`, for who came back with an account that nobody here has: a new account, or one that is here. */
export function newIdentityPage(props: {
  readonly page: PageContext
  readonly pending: Pending
  readonly username: string
  readonly errors: readonly FieldError[]
}): VNode {
  const { page, pending, username, errors } = props
  const { id, providerName, name } = pending
  const hidden = { identity: id }
  const action = page.href('/login/identity')
  return (
    <Layout page={page} title="Choose your username" width="narrow">
      <PageHead
        title="Choose your username"
        eyebrow={<Eyebrow {...pending} />}
        lead={`Nobody here signs in with ${name} yet.`}
      />
      <ErrorSummary errors={errors} />
      <Card heading="You are new here">
        <Form page={page} id="identity-form" action={action} hidden={hidden}>
          <UsernameField
            value={username}
            hint={NAME_HINT}
            error={errors.find((error) => error.field === 'username')?.message}
          />
          <p class="soft">
            You will sign in with {providerName}. Trivet gets to know your name there and which account it is, and keeps
            no access to it.
          </p>
          <div class="row">
            <Button id="identity-create" name="decision" value="create">
              Create the account
            </Button>
            <Button id="identity-cancel" kind="quiet" name="decision" value="cancel" formnovalidate>
              Cancel
            </Button>
          </div>
        </Form>
      </Card>
      <Card heading="You have an account here">
        <Form page={page} id="identity-link-form" action={action} hidden={hidden}>
          <p>Sign in to it first, in the way that you know. Then {providerName} can sign you in from now on.</p>
          <div class="row">
            <Button id="identity-have-account" kind="quiet" name="decision" value="have_account">
              Sign in and link {providerName}
            </Button>
          </div>
        </Form>
      </Card>
    </Layout>
  )
}

/** The same once they have signed in to the account that they have. */
export function linkIdentityPage(props: {
  readonly page: PageContext
  readonly pending: Pending
  readonly username: string
}): VNode {
  const { page, pending, username } = props
  const { id, providerName, name } = pending
  return (
    <Layout page={page} title={`Link ${providerName}`} width="narrow">
      <PageHead title={`Link ${providerName} to ${username}?`} eyebrow={<Eyebrow {...pending} />} />
      <Card>
        <p>
          Whoever is signed in at {providerName} as <b>{name}</b> can then sign in here as <b>{username}</b>. You can
          take that back on the page of your account.
        </p>
        <Form page={page} id="identity-form" action={page.href('/login/identity')} hidden={{ identity: id }}>
          <div class="row">
            <Button id="identity-link" name="decision" value="link">
              Link it
            </Button>
            <Button id="identity-cancel" kind="quiet" name="decision" value="cancel">
              Do not link it
            </Button>
          </div>
        </Form>
      </Card>
    </Layout>
  )
}

function Eyebrow({ provider, providerName, name }: Pending) {
  return (
    <>
      <ProviderMark provider={provider} /> {providerName}: {name}
    </>
  )
}
