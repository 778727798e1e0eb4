import { Card, type Children, Form, type PageContext, Tag } from '#ui'
import type { StepName } from '../steps/names.ts'
import type { Done } from '../visits/visits.ts'
import { Wire } from './wire.tsx'

export type StepCardProps = {
  readonly page: PageContext
  readonly name: StepName
  readonly title: string
  /** What happens, and where it is written down. */
  readonly text: Children
  /** What has to be done first; the form is not shown then. */
  readonly first?: string | undefined
  readonly done: Done | undefined
  /** Of the form: fields and a button. */
  readonly form?: Children
  /** Below what went over the wire. */
  readonly children?: Children
  readonly curl?: boolean
  /** The step to be shown unfolded. */
  readonly shown: StepName | undefined
  /** Within what is folded up. */
  readonly follows?: Children
}

/** One step: why, the form that does it, and what went over the wire. */
export function StepCard(props: StepCardProps) {
  const { page, name, title, text, first, done, form, curl } = props
  const id = `step-${name}`
  return (
    <Card id={id} heading={title} aside={<Outcome done={done} />}>
      <p>{text}</p>
      {first === undefined ? null : <p class="soft">{first}</p>}
      {first === undefined && form !== undefined ? (
        <Form page={page} id={`${id}-form`} action={page.href(`/playground/${name}`)}>
          {form}
        </Form>
      ) : null}
      {done === undefined ? null : (
        <Wire id={id} exchange={done.exchange} curl={curl ?? true} isOpen={props.shown === name}>
          {props.follows}
        </Wire>
      )}
      {props.children}
    </Card>
  )
}

function Outcome({ done }: { readonly done: Done | undefined }) {
  if (!done) return undefined
  const { answer } = done.exchange
  if (!answer) return <Tag tone="ok">done</Tag>
  return <Tag tone={answer.status < 400 ? 'ok' : 'bad'}>{answer.status}</Tag>
}
