import { Button, ButtonLink, Card, CopyField, ErrorSummary, Form, Select, TextInput, type VNode } from '#ui'
import { ConsoleFrame, type Frame } from './frame.tsx'
import { clientLink } from './user-page.tsx'

export type TypedClient = { readonly name: string; readonly redirectUris: string; readonly kind: string }

const KINDS = [
  { value: 'web', label: 'a web app with a server, which keeps a secret' },
  { value: 'browser', label: 'a page in the browser, without a secret' },
  { value: 'native', label: 'a program on a device, without a secret' },
] as const

/** `/console/clients/new`. */
export function clientNewPage(
  props: Frame & { readonly typed: TypedClient; readonly wrong: string | undefined },
): VNode {
  const { page, typed, wrong } = props
  return (
    <ConsoleFrame
      {...props}
      title="Register an app"
      lead="It belongs to no user. Everything else of it can be set by its registration (RFC 7592)."
    >
      <ErrorSummary errors={wrong === undefined ? [] : [{ field: 'redirect-uris', message: wrong }]} />
      <Card>
        <Form page={page} id="client-form" action={page.href('/console/clients/new')}>
          <TextInput
            id="client-name"
            name="name"
            label="Name"
            hint="What people read when it asks them for something."
            value={typed.name}
            maxlength={200}
            required
          />
          <TextInput
            id="redirect-uris"
            name="redirect_uris"
            label="Redirect addresses"
            hint="Where people come back to; one in each line."
            value={typed.redirectUris}
            rows={3}
            spellcheck={false}
            error={wrong}
            required
          />
          <Select id="client-kind" name="kind" label="It is" value={typed.kind} options={KINDS} />
          <div class="row">
            <Button id="client-register">Register it</Button>
            <ButtonLink id="client-register-cancel" kind="quiet" href={page.href('/console/clients')}>
              Back
            </ButtonLink>
          </div>
        </Form>
      </Card>
    </ConsoleFrame>
  )
}

/** What is shown once, right after the registration. */
export function clientMadePage(
  props: Frame & {
    readonly id: string
    readonly name: string
    readonly secret: string | undefined
    readonly registrationToken: string
  },
): VNode {
  const { page, id, name, secret, registrationToken } = props
  return (
    <ConsoleFrame
      {...props}
      title={`${name} is registered`}
      lead="Copy what is here now: secret and token are shown only once."
      islands={['copy-field']}
    >
      <Card id="client-made">
        <CopyField id="made-id" label="client_id" value={id} />
        {secret === undefined ? null : <CopyField id="made-secret" label="client_secret" value={secret} />}
        <CopyField
          id="made-token"
          label="registration_access_token"
          hint="Changes or removes the registration, by PUT and DELETE at /client/<client_id>."
          value={registrationToken}
        />
        <p>{clientLink(page, id, 'On to the app')}</p>
      </Card>
    </ConsoleFrame>
  )
}
