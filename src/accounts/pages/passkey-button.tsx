import { Button, Card, Form, type PageContext } from '#ui'
import { hiddenFields, type WayOn } from '../login/way-on.ts'

/** "Sign in with a passkey": drawn hidden, and shown by its island (`islands={['passkey']}`). */
export function PasskeyButton(props: {
  readonly page: PageContext
  /** A final URL. */
  readonly action: string
  readonly way: WayOn
  /** JSON for `navigator.credentials.get`. */
  readonly options: string
  readonly label: string
  /** Offers passkeys in the list of the username field as well, when the page has just been opened. */
  readonly autofill?: boolean
  /** Draws a card around it, with this heading. */
  readonly cardHeading?: string | undefined
}) {
  const { page, action, way, options, label, autofill = false, cardHeading } = props
  const form = (
    <Form page={page} id="passkey-form" action={action} hidden={{ ...hiddenFields(way), credential: '' }}>
      <Button id="passkey-sign-in" kind="quiet" type="button">
        {label}
      </Button>
      <p class="hint" role="status" />
    </Form>
  )
  return (
    <passkey-sign-in hidden data-options={options} data-autofill={autofill ? 'yes' : undefined}>
      {cardHeading === undefined ? form : <Card heading={cardHeading}>{form}</Card>}
    </passkey-sign-in>
  )
}
