import { Button, Notice, type PageContext, Select, TextInput } from '#ui'
import { AUTH_METHODS, SCOPES } from '../steps/client.ts'
import type { Facts } from '../steps/facts.ts'
import type { StepName } from '../steps/names.ts'
import type { Steps } from '../visits/visits.ts'
import { Send } from './send.tsx'
import { StepCard } from './step-card.tsx'

const METHOD_WORDS = {
  client_secret_basic: 'client_secret_basic: a secret, in the Authorization header',
  client_secret_post: 'client_secret_post: a secret, in the form',
  none: 'none: no secret, as apps on phones and in browsers',
}

type Props = {
  readonly page: PageContext
  readonly steps: Steps
  readonly facts: Facts
  readonly shown: StepName | undefined
  readonly signedInAs: string | undefined
}

/** A client, and a code for it. */
export function ClientSteps(props: Props) {
  return (
    <>
      <RegisterClient {...props} />
      <Authorize {...props} />
      <Callback {...props} />
    </>
  )
}

function RegisterClient({ page, steps, facts, shown, signedInAs }: Props) {
  const bySession = facts.loginToken === undefined && signedInAs !== undefined
  return (
    <StepCard
      {...{ page, shown, name: 'client', title: '3. A client', done: steps.get('client') }}
      first={
        facts.loginToken === undefined && !bySession ? 'First a login token, or sign in to this browser.' : undefined
      }
      text="Registers an app (RFC 7591), of which this page then plays the part. Its secret is shown once, here as everywhere."
      form={
        <>
          <TextInput id="client-name" name="client_name" label="Name" value="My first app" required maxlength={100} />
          <Select
            id="client-method"
            name="token_endpoint_auth_method"
            label="How it says who it is"
            options={AUTH_METHODS.map((value) => ({ value, label: METHOD_WORDS[value] }))}
          />
          {bySession ? <p class="soft">You are signed in as {signedInAs}: it is registered by this session.</p> : null}
          <Send id="client-send">Send POST /client</Send>
        </>
      }
    />
  )
}

function Authorize({ page, steps, facts, shown }: Props) {
  return (
    <StepCard
      {...{ page, shown, name: 'authorize', title: '4. A code', done: steps.get('authorize') }}
      first={facts.client ? undefined : 'First a client.'}
      text="Sends you, as an app would, to sign in and to allow what it asks for (RFC 6749 §4.1.1), with state, nonce and PKCE (RFC 7636)."
      form={
        <>
          <TextInput id="authorize-scope" name="scope" label="scope" value={SCOPES.join(' ')} maxlength={500} />
          <Select
            id="authorize-prompt"
            name="prompt"
            label="prompt"
            options={[
              { value: '', label: 'left out: ask for what is missing' },
              { value: 'login', label: 'login: the password again' },
              { value: 'consent', label: 'consent: ask again' },
              { value: 'none', label: 'none: no page; an error where one is needed' },
            ]}
          />
          <div class="row">
            <Button id="authorize-send">Go to /authorize</Button>
            {facts.loginToken === undefined ? null : (
              <Button id="authorize-by-token" kind="quiet" name="by" value="token">
                Ask with the login token, without a page
              </Button>
            )}
          </div>
        </>
      }
    />
  )
}

/** Where the browser came back; the code of a login token came in the answer above. */
function Callback({ page, steps, facts, shown }: Props) {
  const done = steps.get('callback')
  return (
    <StepCard
      {...{ page, shown, name: 'callback', title: '5. The way back', done, curl: false }}
      first={facts.asked && done === undefined && facts.code === undefined ? 'Nobody has come back yet.' : undefined}
      text="The browser comes to the redirect URI with the code. An app compares state with what it sent, and iss with whom it asked (RFC 9207), before anything else."
    >
      {facts.refusal === undefined ? null : (
        <Notice id="authorize-refused" tone="warn" heading={facts.refusal}>
          <p>No code came, and the address says why. Go to /authorize again.</p>
        </Notice>
      )}
      {facts.code === undefined ? null : (
        <p id="code-came">
          A code came: <code>{facts.code}</code>. It works once, within a minute.
        </p>
      )}
    </StepCard>
  )
}
