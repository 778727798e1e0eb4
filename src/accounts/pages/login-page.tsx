import {
  Button,
  Card,
  ErrorSummary,
  type FieldError,
  Form,
  Layout,
  type PageContext,
  PageHead,
  TextInput,
  type VNode,
} from '#ui'
import type { SignInProvider } from '../identities/identity.ts'
import { hiddenFields, type WayOn, withWayOn } from '../login/way-on.ts'
import { GuestNotice } from './guest-notice.tsx'
import { PasskeyButton } from './passkey-button.tsx'
import { ProviderButtons } from './provider-buttons.tsx'

/** `/login`: username and password on one page. */
export function loginPage(props: {
  readonly page: PageContext
  readonly way: WayOn
  readonly username: string
  readonly errors: readonly FieldError[]
  readonly leavesThings: boolean
  readonly providers: readonly SignInProvider[]
  /** JSON for `navigator.credentials.get`; undefined where browsers have no passkeys for this server. */
  readonly passkey: string | undefined
  readonly status: string | undefined
}): VNode {
  const { page, way, username, errors } = props
  const errorOf = (field: string) => errors.find((error) => error.field === field)?.message
  return (
    <Layout page={page} title="Sign in" width="narrow" islands={['passkey']} status={props.status}>
      <PageHead title="Sign in" lead="With the username and password that you have on this server." />
      <ErrorSummary errors={errors} />
      <Card>
        <Form page={page} id="login-form" action={page.href('/login')} hidden={hiddenFields(way)}>
          <TextInput
            id="username"
            name="username"
            label="Username"
            value={username}
            required
            autocomplete="username webauthn"
            autocapitalize="none"
            spellcheck={false}
            error={errorOf('username')}
          />
          <TextInput
            id="password"
            name="password"
            type="password"
            label="Password"
            required
            autocomplete="current-password"
            error={errorOf('password')}
          />
          <div class="row">
            <Button id="login-submit">Sign in</Button>
            <Button id="login-cancel" kind="quiet" name="cancel" value="yes" formnovalidate>
              Cancel
            </Button>
          </div>
        </Form>
      </Card>
      {props.passkey === undefined ? null : (
        <PasskeyButton
          page={page}
          action={page.href('/login/passkey')}
          way={way}
          options={props.passkey}
          label="Sign in with a passkey"
          autofill={errors.length === 0}
        />
      )}
      {props.providers.length === 0 ? null : (
        <Card heading="Or with an account elsewhere">
          <ProviderButtons page={page} providers={props.providers} way={way} />
        </Card>
      )}
      {props.leavesThings ? <GuestNotice /> : null}
      <p>
        <a id="forgot-link" href={page.href(withWayOn('/forgot', way))}>
          Forgot your password?
        </a>
      </p>
      <p>
        No account yet?{' '}
        <a id="register-link" href={page.href(withWayOn('/register', way))}>
          Create one
        </a>
      </p>
    </Layout>
  )
}
