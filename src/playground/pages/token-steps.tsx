import type { PageContext } from '#ui'
import type { DecodedToken } from '../steps/decode.ts'
import type { Facts } from '../steps/facts.ts'
import type { StepName } from '../steps/names.ts'
import type { Steps } from '../visits/visits.ts'
import { Decoded } from './decoded-token.tsx'
import { Send } from './send.tsx'
import { StepCard } from './step-card.tsx'

type Props = {
  readonly page: PageContext
  readonly steps: Steps
  readonly facts: Facts
  readonly shown: StepName | undefined
  readonly decoded: readonly DecodedToken[]
}

/** What a client does with the code, and with the tokens. */
export function TokenSteps(props: Props) {
  const { facts } = props
  const noTokens = facts.tokens ? undefined : 'First tokens.'
  const noRefresh = facts.tokens && !facts.tokens.refresh ? 'No refresh token: ask for offline_access.' : noTokens
  const publicClient = 'Introspection is for clients that authenticate: register one with a secret.'
  return (
    <>
      <Simple
        {...props}
        name="token"
        title="6. Tokens"
        button="Send POST /token"
        first={facts.code ? undefined : 'First a code.'}
      >
        The code, with the PKCE verifier that only the client knows, for tokens (RFC 6749 §4.1.3).
      </Simple>
      <Simple {...props} name="jwks" title="7. What is in them" button="Send GET /jwks" first={noTokens}>
        Both are JWTs. Whoever takes one checks its signature with the keys at /jwks, and then the claims.
      </Simple>
      <Simple {...props} name="userinfo" title="8. Who is it?" button="Send GET /userinfo" first={noTokens}>
        The claims that the scopes allow (OpenID Connect Core §5.3).
      </Simple>
      <Simple {...props} name="refresh" title="9. Later" button="Send POST /token" first={noRefresh}>
        A new access token without asking anybody. The refresh token changes each time (RFC 9700 §2.2.2).
      </Simple>
      <Simple
        {...props}
        {...{ name: 'introspect', title: '10. Is it alive?', button: 'Send POST /introspect' }}
        first={facts.client?.method === 'none' ? publicClient : noTokens}
      >
        What an API asks that does not check tokens itself, or wants to know of revocations at once (RFC 7662).
      </Simple>
      <Simple {...props} name="revoke" title="11. The end" button="Send POST /revoke" first={noTokens}>
        Ends all that came of this sign-in (RFC 7009). Ask step 8 or 10 afterwards.
      </Simple>
      <Simple
        {...props}
        {...{ name: 'remove', title: '12. Clearing up', button: 'Send DELETE /client' }}
        first={facts.client ? undefined : 'There is no client of this page.'}
      >
        Deletes the client of this page, by its registration access token (RFC 7592 §2.3).
      </Simple>
    </>
  )
}

function Simple(
  props: Props & {
    readonly name: StepName
    readonly title: string
    readonly button: string
    readonly first: string | undefined
    readonly children: string
  },
) {
  const { page, shown, steps, name, title, first } = props
  return (
    <StepCard
      {...{ page, shown, name, title, first, done: steps.get(name), text: props.children }}
      form={<Send id={`${name}-send`}>{props.button}</Send>}
      follows={name === 'jwks' ? props.decoded.map((token) => <Decoded key={token.kind} token={token} />) : null}
    />
  )
}
