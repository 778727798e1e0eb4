import { type Children, CopyField, Prose } from '#ui'
import { curlOf } from '../wire/curl.ts'
import type { Exchange } from '../wire/exchange.ts'
import { answerText, requestText } from '../wire/http-text.ts'

/** What went over the wire in a step, and the line that sends it again; folded up unless it just happened. */
export function Wire(props: {
  readonly id: string
  readonly exchange: Exchange
  readonly curl: boolean
  readonly isOpen: boolean
  /** What follows from the answer. */
  readonly children?: Children
}) {
  const { id, exchange, curl, isOpen } = props
  const { request, answer } = exchange
  return (
    <details id={`${id}-wire`} open={isOpen}>
      <summary>{answer === undefined ? 'What was sent' : 'What was sent, and what came back'}</summary>
      <div class="stack">
        <Prose>
          <h3>Request</h3>
          <pre id={`${id}-request`}>{requestText(request)}</pre>
          {answer === undefined ? null : (
            <>
              <h3>Answer</h3>
              <pre id={`${id}-answer`}>{answerText(answer)}</pre>
            </>
          )}
        </Prose>
        {curl ? <CopyField id={`${id}-curl`} label="The same with curl" value={curlOf(request)} /> : null}
        {props.children}
      </div>
    </details>
  )
}
