import type { ConnectionView } from '#connections'
import { Button, Form, Notice, type PageContext } from '#ui'
import type { Pause, Run } from '../run-view.ts'

/** The one thing to do so that the run goes on. */
export function RunPause(props: {
  readonly page: PageContext
  readonly run: Run
  readonly pause: Pause
  readonly account: ConnectionView | undefined
}) {
  const { page, run, pause, account } = props
  const provider = account?.providerName ?? pause.provider.replace(/^./, (letter) => letter.toUpperCase())
  const hidden = {
    scopes: pause.scopes.join(' '),
    return_to: `/runs/${run.id}`,
    ...(pause.connection_id === undefined ? {} : { connection: pause.connection_id }),
  }
  return (
    <Notice id="pause" tone="warn" role="status" heading={HEADINGS[pause.reason]}>
      <p>{pause.message} What is done so far is kept, and the run goes on from here by itself.</p>
      <Form page={page} id="connect" action={page.href(`/connect/${pause.provider}`)} hidden={hidden}>
        <Button id="reconnect">
          {pause.reason === 'connection_required' ? `Connect ${provider}` : `Reconnect ${provider}`}
          {account ? ` as ${account.accountName}` : ''}
        </Button>
      </Form>
    </Notice>
  )
}

const HEADINGS: Readonly<Record<Pause['reason'], string>> = {
  connection_required: 'An account is needed',
  needs_reconnect: 'The account has to be connected again',
  missing_scope: 'A permission is missing',
}
