import type { ClientEntry } from '#authorization'
import { Button, ButtonLink, Card, Form, type VNode } from '#ui'
import { ConsoleFrame, type Frame } from './frame.tsx'

/** `/console/client/delete?id=…`: asks once more. */
export function clientDeletePage(props: Frame & { readonly entry: ClientEntry }): VNode {
  const { page, entry } = props
  const { id, name } = entry.client
  return (
    <ConsoleFrame {...props} title={`Delete ${name}`}>
      <Card>
        <p>
          With it go its registration, all tokens that it holds, and what people allowed it. Nobody can sign in with it
          any more. It cannot be taken back; switching it off can.
        </p>
        <Form page={page} action={page.href('/console/client/delete')} hidden={{ id }}>
          <div class="row">
            <Button id="client-delete-confirm" kind="danger">
              Delete the app
            </Button>
            <ButtonLink
              id="client-delete-cancel"
              kind="quiet"
              href={page.href(`/console/client?${new URLSearchParams({ id })}`)}
            >
              Back
            </ButtonLink>
          </div>
        </Form>
      </Card>
    </ConsoleFrame>
  )
}
