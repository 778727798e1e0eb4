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
import { hiddenFields, type WayOn, withWayOn } from '../login/way-on.ts'
import { GuestNotice } from './guest-notice.tsx'

/** `/login`: username and password on one page. */
export function loginPage(props: {
  readonly page: PageContext
  readonly way: WayOn
  readonly username: string
  readonly errors: readonly FieldError[]
  readonly leavesThings: boolean
  readonly status: string | undefined
}): VNode {
  const { page, way, username, errors } = props
  const errorOf = (field: string) => errors.find((error) => error.field === field)?.message
  return (
    <Layout page={page} title="Sign in" width="narrow" status={props.status}>
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
            autocomplete="username"
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
