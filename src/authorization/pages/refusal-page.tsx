import { ButtonLink, KeyValues, Layout, type PageContext, PageHead, type VNode } from '#ui'
import type { OAuthError } from '../errors.ts'

/** A request that nobody can be answered with: the application, or the link to it, is wrong. */
export function refusalPage({ page, error }: { readonly page: PageContext; readonly error: OAuthError }): VNode {
  return (
    <Layout page={page} title="This sign-in does not work" width="narrow">
      <div class="stack" id="error">
        <PageHead
          title="This sign-in does not work"
          lead="The application that sent you here asked for something that cannot be answered, so you were not sent back to it. Nothing was given to anybody."
        />
        <p>{error.description}.</p>
        <div class="row">
          <ButtonLink href={page.href('/')}>Go to the start page</ButtonLink>
        </div>
      </div>
      <KeyValues items={[{ label: 'For its developers', value: <code>{error.error}</code> }]} />
    </Layout>
  )
}
