import type { Mail } from '#mail'
import {
  Button,
  Card,
  ErrorSummary,
  type FieldError,
  Form,
  Layout,
  Notice,
  type PageContext,
  PageHead,
  TextInput,
  type VNode,
} from '#ui'
import { hiddenFields, type WayOn, withWayOn } from '../login/way-on.ts'
import { RESET_SECONDS } from '../reset/reset-link.ts'

export type ForgotPage = {
  readonly page: PageContext
  readonly way: WayOn
  readonly mode: Mail['mode']
  readonly email: string
  readonly errors: readonly FieldError[]
  readonly isSent: boolean
}

/** `/forgot`: the way to a new password without the old one. */
export function forgotPage(props: ForgotPage): VNode {
  const { page, mode, isSent } = props
  return (
    <Layout page={page} title="Forgot your password?" width="narrow">
      <PageHead title="Forgot your password?" />
      {mode === 'off' ? <Off /> : isSent ? <Sent mode={mode} /> : <Ask {...props} />}
      <p>
        <a id="forgot-back" href={page.href(withWayOn('/login', props.way))}>
          Back to the sign-in
        </a>
      </p>
    </Layout>
  )
}

function Ask({ page, way, mode, email, errors }: ForgotPage) {
  return (
    <>
      <ErrorSummary errors={errors} />
      <Card>
        <Form page={page} id="forgot-form" action={page.href('/forgot')} hidden={hiddenFields(way)}>
          <TextInput
            id="email"
            name="email"
            type="email"
            label="The e-mail address of your account"
            hint={`We send a link there with which you choose a new password, within ${RESET_SECONDS / 60} minutes.`}
            value={email}
            required
            autocomplete="email"
            error={errors.find(({ field }) => field === 'email')?.message}
          />
          <div class="row">
            <Button id="forgot-submit">Send me a link</Button>
          </div>
        </Form>
      </Card>
      {mode === 'log' ? (
        <Notice id="forgot-log" heading="No mail server is set up">
          <p>This server runs on your own machine: the letter is printed where it was started, and is not sent.</p>
        </Notice>
      ) : null}
      <p class="soft">
        An account without an e-mail address gets no letter: whoever runs this server can make a link for it.
      </p>
    </>
  )
}

/** Says nothing about whether there is an account (security §10.12). */
function Sent({ mode }: { readonly mode: Mail['mode'] }) {
  return (
    <Notice id="forgot-sent" tone="ok" role="status" heading="If an account has that address, a letter is on its way">
      <p>
        {mode === 'log'
          ? 'No mail server is set up: it is printed where this server was started.'
          : 'It takes a minute or two. Look among the junk mail, too.'}{' '}
        The link in it works for {RESET_SECONDS / 60} minutes.
      </p>
    </Notice>
  )
}

function Off() {
  return (
    <Notice id="forgot-off" heading="This server sends no mail">
      <p>
        Ask whoever runs it for a link to a new password. They make one with{' '}
        <code>trivet user reset-link &lt;name&gt;</code>.
      </p>
    </Notice>
  )
}
