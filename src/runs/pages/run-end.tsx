import { Button, ButtonLink, Form, Notice, type PageContext } from '#ui'
import type { Mashup } from '../definition/mashup.ts'
import type { Run } from '../run-view.ts'

/** A run that ended without a result: what happened, what was kept, what to do. */
export function RunEnd({
  page,
  run,
  mashup,
}: {
  readonly page: PageContext
  readonly run: Run
  readonly mashup: Mashup | undefined
}) {
  const form = mashup ? page.href(`${mashup.path}?run=${run.id}`) : page.href('/')
  if (run.status === 'failed' && run.error) {
    const anew = run.error.code === 'mashup_changed'
    return (
      <Notice id="failure" tone="bad" role="alert" heading="It did not work">
        <p>{run.error.message}</p>
        <p class="soft">
          {anew ? 'What you entered is kept.' : 'What you entered and the steps that are done are kept.'}
        </p>
        {mashup === undefined ? null : (
          <div class="row">
            <Form page={page} action={page.href(`/runs/${run.id}/retry`)}>
              <Button id="retry">{anew ? 'Retry from the beginning' : 'Retry from where it stopped'}</Button>
            </Form>
            <ButtonLink id="change" href={form} kind="quiet">
              Start again from the form
            </ButtonLink>
          </div>
        )}
      </Notice>
    )
  }
  if (run.status === 'cancelled') {
    return (
      <Notice id="cancelled" heading="You cancelled this run">
        <p>
          Steps that were done before stay done, and what was already on its way to another service may have arrived
          there. What you entered is kept.
        </p>
        <ButtonLink id="again" href={form} kind="quiet">
          Start again from the form
        </ButtonLink>
      </Notice>
    )
  }
  return null
}
