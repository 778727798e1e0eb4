import { Button, Card, ErrorSummary, type FieldError, Form, Layout, type PageContext, TextInput, type VNode } from '#ui'
import type { SignInProvider } from '../identities/identity.ts'
import type { AskingApp } from '../login/asking-app.ts'
import { hiddenFields, type WayOn, withWayOn } from '../login/way-on.ts'
import { NAME_HINT, NewPasswordField, UsernameField } from './credential-fields.tsx'
import { GuestNotice } from './guest-notice.tsx'
import { ProviderButtons } from './provider-buttons.tsx'
import { SignInHead } from './sign-in-head.tsx'

/** `/register`: a name and a password; an e-mail address for who likes. */
export function registerPage(props: {
  readonly page: PageContext
  readonly way: WayOn
  readonly app: AskingApp | undefined
  readonly username: string
  readonly email: string
  readonly errors: readonly FieldError[]
  readonly leavesThings: boolean
  readonly providers: readonly SignInProvider[]
}): VNode {
  const { page, way, username, email, errors } = props
  const errorOf = (field: string) => errors.find((error) => error.field === field)?.message
  return (
    <Layout page={page} title="Create an account" width="narrow">
      <SignInHead title="Create an account" lead="A name and a password, nothing more is needed." app={props.app} />
      <ErrorSummary errors={errors} />
      <Card>
        <Form page={page} id="register-form" action={page.href('/register')} hidden={hiddenFields(way)}>
          <UsernameField value={username} hint={NAME_HINT} error={errorOf('username')} />
          <NewPasswordField id="password" name="password" label="Password" error={errorOf('password')} />
          <TextInput
            id="email"
            name="email"
            type="email"
            label="E-mail address"
            hint="Only apps that you allow to see it are told."
            optional
            value={email}
            autocomplete="email"
            error={errorOf('email')}
          />
          <div class="row">
            <Button id="register-submit">Create the account</Button>
            <Button id="register-cancel" kind="quiet" name="cancel" value="yes" formnovalidate>
              Cancel
            </Button>
          </div>
        </Form>
      </Card>
      {props.providers.length === 0 ? null : (
        <Card heading="Or with an account elsewhere">
          <ProviderButtons page={page} providers={props.providers} way={way} />
        </Card>
      )}
      {props.leavesThings ? <GuestNotice /> : null}
      <p>
        You have one already?{' '}
        <a id="login-link" href={page.href(withWayOn('/login', way))}>
          Sign in
        </a>
      </p>
    </Layout>
  )
}
