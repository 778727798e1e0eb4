import { Button, Card, ErrorSummary, type FieldError, Form, Layout, type PageContext, TextInput, type VNode } from '#ui'
import type { SignInProvider } from '../identities/identity.ts'
import type { AskingApp } from '../login/asking-app.ts'
import { hiddenFields, type WayOn, withWayOn } from '../login/way-on.ts'
import { UsernameField } from './credential-fields.tsx'
import { GuestNotice } from './guest-notice.tsx'
import { PasskeyButton } from './passkey-button.tsx'
import { ProviderButtons } from './provider-buttons.tsx'
import { SignInHead } from './sign-in-head.tsx'

type Props = {
  readonly page: PageContext
  readonly way: WayOn
  readonly app: AskingApp | undefined
  readonly username: string
  readonly errors: readonly FieldError[]
  readonly leavesThings: boolean
  readonly providers: readonly SignInProvider[]
  /** JSON for `navigator.credentials.get`; undefined where browsers have no passkeys for this server. */
  readonly passkey: string | undefined
  readonly status: string | undefined
}

/** `/login`: username and password on one page, and below them the other ways. */
export function loginPage(props: Props): VNode {
  const { page, way, username, errors } = props
  const errorOf = (field: string) => errors.find((error) => error.field === field)?.message
  return (
    <Layout page={page} title="Sign in" width="narrow" islands={['passkey']} status={props.status}>
      <SignInHead
        title="Sign in"
        lead="With your username and password, or in another way that you see below."
        app={props.app}
      />
      <ErrorSummary errors={errors} />
      <Card>
        <Form page={page} id="login-form" action={page.href('/login')} hidden={hiddenFields(way)}>
          <UsernameField value={username} offersPasskeys error={errorOf('username')} />
          <TextInput
            id="password"
            name="password"
            type="password"
            label="Password"
            required
            autocomplete="current-password"
            error={errorOf('password')}
          />
          <p>
            <a id="forgot-link" href={page.href(withWayOn('/forgot', way))}>
              Forgot your password?
            </a>
          </p>
          <div class="row">
            <Button id="login-submit">Sign in</Button>
            <Button id="login-cancel" kind="quiet" name="cancel" value="yes" formnovalidate>
              Cancel
            </Button>
          </div>
        </Form>
      </Card>
      <OtherWays {...props} />
      {props.leavesThings ? <GuestNotice /> : null}
      <p>
        No account yet?{' '}
        <a id="register-link" href={page.href(withWayOn('/register', way))}>
          Create one
        </a>
      </p>
    </Layout>
  )
}

/** In one card. Where a passkey is the only one, the card is hidden with it from browsers that cannot use it. */
function OtherWays({ page, way, errors, passkey, providers }: Props) {
  const button = passkey !== undefined && (
    <PasskeyButton
      page={page}
      action={page.href('/login/passkey')}
      way={way}
      options={passkey}
      label="Sign in with a passkey"
      autofill={errors.length === 0}
      cardHeading={providers.length === 0 ? 'Or' : undefined}
    />
  )
  if (providers.length === 0) return button || null
  return (
    <Card heading="Or">
      {button}
      <ProviderButtons page={page} providers={providers} way={way} />
    </Card>
  )
}
