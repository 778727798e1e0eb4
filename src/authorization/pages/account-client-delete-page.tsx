import { Button, ButtonLink, Card, Form, Layout, type PageContext, PageHead, type VNode } from '#ui'
import type { Client } from '../clients/client.ts'

/** `/account/apps/delete`: asks once more. */
export function accountClientDeletePage(props: { readonly page: PageContext; readonly client: Client }): VNode {
  const { page, client } = props
  return (
    <Layout page={page} title="Delete an app" width="narrow">
      <PageHead title={`Delete ${client.name}?`} lead={client.id} />
      <Card>
        <p>
          With it go its registration, all tokens that it holds, and what people allowed it. Nobody can sign in with it
          any more. It cannot be taken back.
        </p>
        <Form
          page={page}
          id="delete-client-form"
          action={page.href('/account/apps/delete')}
          hidden={{ client: client.id }}
        >
          <div class="row">
            <Button id="delete-client-confirm" kind="danger">
              Delete the app
            </Button>
            <ButtonLink id="delete-client-cancel" kind="quiet" href={page.href('/account/apps')}>
              Keep it
            </ButtonLink>
          </div>
        </Form>
      </Card>
    </Layout>
  )
}
