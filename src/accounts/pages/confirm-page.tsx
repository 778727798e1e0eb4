import {
  Button,
  ButtonLink,
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
import { hiddenFields, type WayOn } from '../login/way-on.ts'
import { PasskeyButton } from './passkey-button.tsx'
import { ProviderButtons } from './provider-buttons.tsx'

type ConfirmPage = {
  readonly page: PageContext
  readonly username: string
  readonly way: WayOn
  readonly hasPassword: boolean
  /** With which this person can sign in. */
  readonly providers: readonly SignInProvider[]
  /** JSON for `navigator.credentials.get`; undefined for who has no passkey. */
  readonly passkey: string | undefined
  readonly errors: readonly FieldError[]
}

/** `/account/confirm`: before something that a browser left open must not do. */
export function confirmPage(props: ConfirmPage): VNode {
  const { page, username, way, errors, hasPassword, providers, passkey } = props
  return (
    <Layout
      page={page}
      title="Confirm that it is you"
      width="narrow"
      islands={passkey === undefined ? [] : ['passkey']}
    >
      <PageHead
        title="Confirm that it is you"
        lead={`You are signed in as ${username}. What you are about to do needs more than a browser that was left open.`}
      />
      <ErrorSummary errors={errors} />
      {hasPassword ? <PasswordForm {...props} /> : null}
      {passkey === undefined ? null : (
        <PasskeyButton
          page={page}
          action={page.href('/account/confirm')}
          way={way}
          options={passkey}
          label="Confirm with a passkey"
        />
      )}
      {providers.length === 0 ? null : (
        <Card heading="By signing in again elsewhere">
          <ProviderButtons page={page} providers={providers} way={way} />
        </Card>
      )}
      <p>
        <ButtonLink id="confirm-cancel" kind="quiet" href={page.href('/account')}>
          Back to your account
        </ButtonLink>
      </p>
    </Layout>
  )
}

function PasswordForm({ page, username, way, errors }: ConfirmPage) {
  return (
    <Card>
      <Form page={page} id="confirm-form" action={page.href('/account/confirm')} hidden={hiddenFields(way)}>
        {/* For password managers: they look a password up by its name. */}
        <input type="text" name="username" value={username} autocomplete="username" readonly hidden />
        <TextInput
          id="password"
          name="password"
          type="password"
          label="Your password"
          required
          autocomplete="current-password"
          error={errors.find((error) => error.field === 'password')?.message}
        />
        <div class="row">
          <Button id="confirm-submit">Confirm</Button>
        </div>
      </Form>
    </Card>
  )
}
