import { Button, ButtonLink, Card, Form, KeyValues, Layout, type PageContext, PageHead, type VNode } from '#ui'

/** `/verify-email`: a button, since mail filters open links. */
export function verifyEmailPage(props: {
  readonly page: PageContext
  readonly email: string
  readonly username: string
  readonly token: string
}): VNode {
  const { page, email, username, token } = props
  return (
    <Layout page={page} title="Confirm your e-mail address" width="narrow">
      <PageHead
        title="Is this your e-mail address?"
        lead="Apps that you allow to see it are then told that it is confirmed."
      />
      <Card>
        <KeyValues
          items={[
            { label: 'E-mail address', value: email, id: 'verify-address' },
            { label: 'Account', value: username },
          ]}
        />
        <Form page={page} id="verify-form" action={page.href('/verify-email')} hidden={{ token }}>
          <div class="row">
            <Button id="verify-submit">Confirm the address</Button>
            <ButtonLink id="verify-cancel" kind="quiet" href={page.href('/account')}>
              Not now
            </ButtonLink>
          </div>
        </Form>
      </Card>
    </Layout>
  )
}
