import { Button, ButtonLink, Card, Form, Layout, type PageContext, PageHead, type VNode } from '#ui'

/** `/logout`: asks, because a link of somebody else may lead here. */
export function logoutPage(page: PageContext, username: string): VNode {
  return (
    <Layout page={page} title="Sign out" width="narrow">
      <PageHead title="Sign out?" lead={`You are signed in as ${username}.`} />
      <Card>
        <Form page={page} id="logout-form" action={page.href('/logout')}>
          <div class="row">
            <Button id="logout-confirm">Sign out</Button>
            <ButtonLink id="logout-cancel" kind="quiet" href={page.href('/account')}>
              Stay signed in
            </ButtonLink>
          </div>
        </Form>
      </Card>
    </Layout>
  )
}
