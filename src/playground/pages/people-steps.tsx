import { Notice, type PageContext, TextInput } from '#ui'
import type { Facts } from '../steps/facts.ts'
import type { StepName } from '../steps/names.ts'
import type { Steps } from '../visits/visits.ts'
import { Send } from './send.tsx'
import { StepCard } from './step-card.tsx'

type Props = {
  readonly page: PageContext
  readonly steps: Steps
  readonly facts: Facts
  readonly shown: StepName | undefined
}

/** An account, and a login token for it. */
export function PeopleSteps({ page, steps, facts, shown }: Props) {
  const username = facts.username ?? ''
  const noToken = steps.has('login') && facts.loginToken === undefined
  return (
    <>
      <StepCard
        {...{ page, shown, name: 'register', title: '1. An account', done: steps.get('register') }}
        text="Makes a person on this server, as the page /register does. Whoever has an account goes on with step 2."
        form={
          <>
            <Username id="register-username" value="" />
            <Password id="register-password" autocomplete="new-password" />
            <Send id="register-send">Send POST /register</Send>
          </>
        }
      />
      <StepCard
        {...{ page, shown, name: 'login', title: '2. A login token', done: steps.get('login') }}
        text="The password for a token of 15 minutes. It stands for the person at this server alone: to register clients and to authorize them."
        form={
          <>
            <Username id="login-username" value={username} />
            <Password id="login-password" autocomplete="current-password" />
            {facts.otpRequired ? (
              <TextInput
                id="login-otp"
                name="otp"
                label="One-time code"
                inputmode="numeric"
                autocomplete="one-time-code"
              />
            ) : null}
            <Send id="login-send">Send POST /login</Send>
          </>
        }
      >
        {noToken ? <WhyNoToken otpRequired={facts.otpRequired} /> : null}
      </StepCard>
    </>
  )
}

function WhyNoToken({ otpRequired }: { readonly otpRequired: boolean }) {
  return (
    <Notice id="login-failed" tone="warn" heading="No token">
      <p>
        {otpRequired
          ? 'The password was right, and the account asks for a second factor: send the one-time code along.'
          : 'The answer is the same whether there is no such user or the password is wrong.'}
      </p>
    </Notice>
  )
}

function Username({ id, value }: { readonly id: string; readonly value: string }) {
  return (
    <TextInput
      {...{ id, value }}
      name="username"
      label="Username"
      required
      autocomplete="username"
      autocapitalize="none"
      spellcheck={false}
      maxlength={200}
    />
  )
}

function Password({ id, autocomplete }: { readonly id: string; readonly autocomplete: string }) {
  return (
    <TextInput
      {...{ id, autocomplete }}
      name="password"
      type="password"
      label="Password"
      hint="It goes out with this one request. It is not kept here, and not shown below."
      required
      maxlength={500}
    />
  )
}
