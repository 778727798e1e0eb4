import type { RegistrationTokenEntry } from '#authorization'
import {
  Button,
  Card,
  CopyField,
  EmptyState,
  ErrorSummary,
  type FieldError,
  Form,
  Notice,
  Table,
  TextInput,
  Time,
  type VNode,
} from '#ui'
import { ConsoleFrame, type Frame } from './frame.tsx'

export type TypedToken = { readonly note: string; readonly uses: string; readonly days: string }

type TokensPage = Frame & {
  readonly tokens: readonly RegistrationTokenEntry[]
  readonly typed: TypedToken
  readonly errors: readonly FieldError[]
  /** One that was just made, shown once. */
  readonly made: string | undefined
  readonly isOff: boolean
}

/** `/console/registration-tokens`. */
export function registrationTokensPage(props: TokensPage): VNode {
  const { made, isOff } = props
  return (
    <ConsoleFrame
      {...props}
      title="Registration tokens"
      lead="Who holds one may register apps at /client (RFC 7591), without an account here."
      islands={['copy-field']}
    >
      <ErrorSummary errors={props.errors} />
      {made === undefined ? null : (
        <Card id="token-made" heading="The new token">
          <CopyField id="made-token" label="Shown only now" value={made} />
        </Card>
      )}
      {isOff ? (
        <Notice id="registration-off" tone="warn" heading="Registration with a token is switched off">
          TRIVET_REGISTRATION is off: set it to token, mcp or open first.
        </Notice>
      ) : (
        <NewToken {...props} />
      )}
      <Tokens {...props} />
    </ConsoleFrame>
  )
}

function NewToken({ page, typed, errors }: TokensPage) {
  const errorOf = (field: string) => errors.find((error) => error.field === field)?.message
  return (
    <Card heading="Make one">
      <Form page={page} id="token-form" action={page.href('/console/registration-tokens')}>
        <TextInput id="token-note" name="note" label="What it is for" value={typed.note} maxlength={200} optional />
        <TextInput
          id="token-uses"
          name="uses"
          label="How many apps"
          hint="Any number, if you leave it empty."
          inputmode="numeric"
          value={typed.uses}
          error={errorOf('token-uses')}
          optional
        />
        <TextInput
          id="token-days"
          name="days"
          label="For how many days"
          hint="It does not end, if you leave it empty."
          inputmode="numeric"
          value={typed.days}
          error={errorOf('token-days')}
          optional
        />
        <div class="row">
          <Button id="token-create">Make the token</Button>
        </div>
      </Form>
    </Card>
  )
}

function Tokens({ page, tokens }: TokensPage) {
  if (tokens.length === 0) {
    return (
      <EmptyState id="no-tokens" heading="There is none">
        Those that are used up, or over, are not listed.
      </EmptyState>
    )
  }
  return (
    <Table
      id="tokens"
      caption="Registration tokens, the newest first"
      headers={['What for', 'Made', 'Apps left', 'Until', 'End it']}
      rows={tokens.map(({ id, note, createdAt, usesLeft, expiresAt }) => [
        note === '' ? 'no note' : note,
        <Time key="made" at={createdAt} />,
        usesLeft === null ? 'any number' : String(usesLeft),
        expiresAt === null ? 'no end' : <Time key="until" at={expiresAt} />,
        <Form key="end" page={page} action={page.href('/console/registration-tokens/delete')} hidden={{ id }}>
          <Button id={`token-delete-${id}`} kind="quiet">
            End <span class="unseen">{note === '' ? 'this token' : note}</span>
          </Button>
        </Form>,
      ])}
    />
  )
}
