import { Button, Form, Layout, Notice, type PageContext, PageHead, type VNode } from '#ui'
import type { DecodedToken } from '../steps/decode.ts'
import type { Facts } from '../steps/facts.ts'
import type { StepName } from '../steps/names.ts'
import type { Steps } from '../visits/visits.ts'
import { ClientSteps } from './client-steps.tsx'
import { PeopleSteps } from './people-steps.tsx'
import { TokenSteps } from './token-steps.tsx'

/** `/playground`. */
export function playgroundPage(props: {
  readonly page: PageContext
  readonly issuer: string
  readonly steps: Steps
  readonly facts: Facts
  readonly decoded: readonly DecodedToken[]
  readonly signedInAs: string | undefined
  /** The step to be shown unfolded. */
  readonly shown: StepName | undefined
  readonly status: string | undefined
}): VNode {
  const { page, issuer, steps } = props
  return (
    <Layout page={page} title="Playground" islands={['copy-field']} status={props.status}>
      <PageHead
        title="Playground"
        lead="A sign-in for your app, by hand: each step sends a real request to this server, and shows it with its answer and its curl line."
      />
      <Notice id="playground-note" heading="Real accounts, real tokens, yours">
        <p>
          What you see below are your own secrets; do not show them around. They are kept sealed, for this browser
          alone, for one hour. Passwords are not kept: a curl line has <code>$PASSWORD</code> in its place, to be set
          first. A library needs none of this by hand, only the address <code>{issuer}</code>.
        </p>
        {steps.size === 0 ? null : (
          <Form page={page} id="forget-form" action={page.href('/playground/forget')}>
            <div class="row">
              <Button id="forget" kind="quiet">
                Forget all of it now
              </Button>
            </div>
          </Form>
        )}
      </Notice>
      <PeopleSteps {...props} />
      <ClientSteps {...props} />
      <TokenSteps {...props} />
    </Layout>
  )
}
