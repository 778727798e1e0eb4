import { Button, Layout, type PageContext, PageHead, type VNode } from '#ui'
import type { AuthorizationResponse } from '../flow/response.ts'

/** OAuth 2.0 Form Post Response Mode §2: the island sends the form; without JavaScript a person does. */
export function formPostPage(props: { readonly page: PageContext; readonly response: AuthorizationResponse }): VNode {
  const { page, response } = props
  return (
    <Layout page={page} title="Back to the application" width="narrow" islands={['form-post']}>
      <PageHead title="Back to the application" lead="One more step takes you there." />
      <form-post>
        <form class="form" method="post" action={response.place.redirectUri}>
          {Object.entries(response.parameters).map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={value} />
          ))}
          <div class="row">
            <Button id="form-post-submit">Continue</Button>
          </div>
        </form>
      </form-post>
    </Layout>
  )
}
