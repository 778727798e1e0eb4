import { Button, Form, type PageContext, ProviderMark } from '#ui'
import type { SignInProvider } from '../identities/identity.ts'
import { hiddenFields, type WayOn } from '../login/way-on.ts'

/** "Sign in with Google": a form for each provider that is set up, so that no link elsewhere begins a sign-in. */
export function ProviderButtons(props: {
  readonly page: PageContext
  readonly providers: readonly SignInProvider[]
  readonly way: WayOn
  /** Before the name of the provider. */
  readonly label?: string
}) {
  const { page, providers, way, label = 'Sign in with' } = props
  return (
    <div class="row">
      {providers.map(({ id, name }) => (
        <Form key={id} page={page} action={page.href(`/login/${id}`)} hidden={hiddenFields(way)}>
          <Button id={`login-${id}`} kind="quiet">
            <ProviderMark provider={id} /> {label} {name}
          </Button>
        </Form>
      ))}
    </div>
  )
}
