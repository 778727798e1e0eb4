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
  Tag,
  TextInput,
  Time,
  type VNode,
} from '#ui'
import type { PasskeyView } from '../store/passkey.ts'

export const MOST_PASSKEY_NAME = 60

type FactorsPage = {
  readonly page: PageContext
  readonly passkeys: readonly PasskeyView[]
  /** JSON for `navigator.credentials.create`; undefined where browsers have no passkeys for this server. */
  readonly addOptions: string | undefined
  /** For the next passkey. */
  readonly suggestedName: string
  readonly codes: { readonly state: 'off' | 'set_up' | 'on'; readonly recoveryCodesLeft: number }
  readonly errors: readonly FieldError[]
  readonly status: string | undefined
}

/** `/account/factors`: what one signs in with beside the password. */
export function factorsPage(props: FactorsPage): VNode {
  const { page, errors, status } = props
  return (
    <Layout page={page} title="Passkeys and codes" islands={['passkey']} status={status}>
      <PageHead
        title="Passkeys and codes"
        lead="A passkey signs you in without a password. Codes from an app are asked for after the password."
      />
      <ErrorSummary errors={errors} />
      <Passkeys {...props} />
      <Codes {...props} />
      <p>
        Removing a passkey, or switching codes on, signs all other browsers out. You can also{' '}
        <a href={page.href('/account')}>end them yourself</a>.
      </p>
      <p>
        <ButtonLink id="factors-back" kind="quiet" href={page.href('/account')}>
          Back to your account
        </ButtonLink>
      </p>
    </Layout>
  )
}

function Passkeys({ page, passkeys, addOptions, suggestedName, errors }: FactorsPage) {
  return (
    <Card id="passkeys" heading="Passkeys">
      {passkeys.length === 0 ? (
        <p id="no-passkeys">None yet. A passkey is kept by your device or password manager, and cannot be phished.</p>
      ) : (
        <ul class="plain stack">
          {passkeys.map((passkey) => (
            <Passkey key={passkey.id} page={page} passkey={passkey} />
          ))}
        </ul>
      )}
      {addOptions === undefined ? (
        <p class="soft">Browsers have no passkeys for a server without a domain name.</p>
      ) : (
        <>
          <passkey-add hidden data-options={addOptions}>
            <Form
              page={page}
              id="passkey-add-form"
              action={page.href('/account/factors/passkeys')}
              hidden={{ credential: '' }}
            >
              <TextInput
                id="passkey-name"
                name="name"
                label="A name for the next one"
                hint="So that you know later which it is."
                value={suggestedName}
                required
                maxlength={MOST_PASSKEY_NAME}
                autocomplete="off"
                error={errors.find(({ field }) => field === 'passkey-name')?.message}
              />
              <div class="row">
                <Button id="passkey-add" type="button">
                  Add a passkey
                </Button>
              </div>
              <p class="hint" role="status" />
            </Form>
          </passkey-add>
          <p class="soft" data-without-passkeys>
            To add or use a passkey a browser needs JavaScript, and has to know passkeys. Codes from an app need
            neither.
          </p>
        </>
      )}
    </Card>
  )
}

function Passkey({ page, passkey }: { readonly page: PageContext; readonly passkey: PasskeyView }) {
  const { id, name, isSynced, createdAt, usedAt } = passkey
  return (
    <li id={`passkey-${id}`} class="stack">
      <span>
        <strong>{name}</strong> {isSynced ? <Tag>on all your devices</Tag> : null}
        <br />
        <span class="soft">
          added <Time at={createdAt} />,{' '}
          {usedAt === null ? (
            'not used yet'
          ) : (
            <>
              last used <Time at={usedAt} />
            </>
          )}
        </span>
      </span>
      <details>
        <summary>
          Rename or remove <span class="unseen">{name}</span>
        </summary>
        <Form page={page} action={page.href(`/account/factors/passkeys/${id}`)}>
          <TextInput
            id={`name-${id}`}
            name="name"
            label="Name"
            value={name}
            required
            maxlength={MOST_PASSKEY_NAME}
            autocomplete="off"
          />
          <div class="row">
            <Button id={`rename-${id}`} kind="quiet">
              Rename
            </Button>
            <Button id={`remove-${id}`} kind="danger" name="remove" value="yes" formnovalidate>
              Remove
            </Button>
          </div>
        </Form>
      </details>
    </li>
  )
}

function Codes({ page, codes: { state, recoveryCodesLeft } }: FactorsPage) {
  if (state !== 'on') {
    return (
      <Card id="codes" heading="Codes from an app" aside={<Tag>off</Tag>}>
        <p>An app on your phone makes six digits every half minute. Whoever has only your password does not get in.</p>
        <Form page={page} action={page.href('/account/factors/totp/begin')}>
          <div class="row">
            <Button id="totp-begin" kind="quiet">
              Set it up
            </Button>
          </div>
        </Form>
      </Card>
    )
  }
  return (
    <Card id="codes" heading="Codes from an app" aside={<Tag tone="ok">on</Tag>}>
      <p>
        A code is asked for after the password. Recovery codes left:{' '}
        <span id="recovery-codes-left">{recoveryCodesLeft}</span>.
      </p>
      <div class="row">
        <Form page={page} action={page.href('/account/factors/recovery-codes')}>
          <Button id="recovery-codes-renew" kind="quiet">
            Make new recovery codes
          </Button>
        </Form>
        <Form page={page} action={page.href('/account/factors/totp/off')}>
          <Button id="totp-off" kind="danger">
            Ask for no more codes
          </Button>
        </Form>
      </div>
    </Card>
  )
}
