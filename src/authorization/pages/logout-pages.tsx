import { Button, ButtonLink, Form, Layout, type PageContext, PageHead, type VNode } from '#ui'

/** Asks before anybody is signed out: any site could have sent the browser here. */
export function logoutPage(props: {
  readonly page: PageContext
  readonly username: string
  /** Name of the application that asks, when it proved that it knows the person. */
  readonly client: string | undefined
}): VNode {
  const { page, username, client } = props
  const who = client === undefined ? 'An application asks' : `${client} asks`
  return (
    <Layout page={page} title="Sign out" width="narrow">
      <PageHead
        title="Sign out of Trivet?"
        lead={`${who} to sign you out. You are signed in as ${username}; what runs for you goes on.`}
      />
      <Form page={page} id="logout" action={page.href('/end_session')}>
        <div class="row">
          <Button id="logout-confirm">Sign out</Button>
          <ButtonLink id="logout-cancel" kind="quiet" href={page.href('/')}>
            Stay signed in
          </ButtonLink>
        </div>
      </Form>
    </Layout>
  )
}

/** Nobody is signed in in this browser (any more). */
export function loggedOutPage(props: {
  readonly page: PageContext
  /** Where to go on, by one's own click: an address that the application registered. */
  readonly client: { readonly href: string; readonly name: string } | undefined
}): VNode {
  const { page, client } = props
  return (
    <Layout page={page} title="Signed out" width="narrow">
      <div class="stack" id="logged-out">
        <PageHead title="You are signed out" lead="Nobody is signed in to Trivet in this browser." />
        <div class="row">
          {client === undefined ? null : (
            <ButtonLink id="logged-out-return" href={client.href}>
              Back to {client.name}
            </ButtonLink>
          )}
          <ButtonLink id="logged-out-home" kind="quiet" href={page.href('/')}>
            Go to the start page
          </ButtonLink>
        </div>
      </div>
    </Layout>
  )
}
