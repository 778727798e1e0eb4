import {
  Button,
  ButtonLink,
  Card,
  CopyField,
  ErrorSummary,
  type FieldError,
  Form,
  Layout,
  type PageContext,
  PageHead,
  TextInput,
  type VNode,
} from '#ui'
import { QrCode } from './qr-code.tsx'

/** `/account/factors/totp`: the key of an authenticator app, while it is being set up. */
export function totpPage(props: {
  readonly page: PageContext
  /** `otpauth://…` */
  readonly uri: string
  /** In base32. */
  readonly secret: string
  readonly errors: readonly FieldError[]
}): VNode {
  const { page, uri, secret, errors } = props
  return (
    <Layout page={page} title="Set up codes from an app" width="narrow" islands={['copy-field']}>
      <PageHead
        title="Codes from an app"
        lead="Any authenticator app will do, or a password manager that makes six-digit codes (TOTP)."
      />
      <ErrorSummary errors={errors} />
      <Card id="totp-key" heading="1. Give the app its key">
        <p>Take a picture of this with the app:</p>
        <p>
          <QrCode text={uri} label="The key as a QR code; the same is below as text" />
        </p>
        <CopyField id="totp-secret" label="Or type it in" value={secret.replace(/.{4}(?=.)/g, '$& ')} />
        <p>
          Is the app on this device? <a href={uri}>Open it there</a>.
        </p>
      </Card>
      <Card id="totp-confirm" heading="2. Show that it works">
        <Form page={page} id="totp-form" action={page.href('/account/factors/totp')}>
          <TextInput
            id="code"
            name="code"
            label="The code that the app shows now"
            required
            inputmode="numeric"
            autocomplete="one-time-code"
            maxlength={12}
            error={errors.find(({ field }) => field === 'code')?.message}
          />
          <div class="row">
            <Button id="totp-turn-on">Ask me for codes from now on</Button>
            <ButtonLink id="totp-cancel" kind="quiet" href={page.href('/account/factors')}>
              Not now
            </ButtonLink>
          </div>
        </Form>
      </Card>
    </Layout>
  )
}
