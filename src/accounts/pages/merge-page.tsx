import {
  Button,
  Card,
  Checkbox,
  ErrorSummary,
  type FieldError,
  Form,
  Layout,
  Notice,
  type PageContext,
  PageHead,
  Time,
  type VNode,
} from '#ui'
import { hiddenFields, type WayOn } from '../login/way-on.ts'
import type { Belonging } from '../visitors/owned.ts'

/** Of each kind. What is beyond can be taken along with everything, not one by one. */
const MOST_SHOWN = 200

const KINDS = [
  { kind: 'connection', heading: 'Connected accounts' },
  { kind: 'run', heading: 'Runs, with the files that they made' },
  { kind: 'file', heading: 'Other files' },
] as const

/** `/account/merge`: what somebody did in this browser before they signed in, and whether it is to come along. */
export function mergePage(props: {
  readonly page: PageContext
  readonly username: string
  readonly way: WayOn
  readonly offered: readonly Belonging[]
  readonly errors: readonly FieldError[]
}): VNode {
  const { page, username, way, offered, errors } = props
  return (
    <Layout page={page} title="Take things along?">
      <PageHead
        title="Take things along?"
        lead={`Before you signed in as ${username}, somebody used this browser as a guest and left these.`}
      />
      <ErrorSummary errors={errors} />
      <Notice id="merge-warning" tone="warn" heading="Take along only what is yours">
        <p>
          Was that somebody else, or do you not know an account below? Then leave it: a run that you take along goes on
          in your name, with your accounts. One that is not done yet needs the account that it began with: take both.
          What is left behind is deleted after 30 days.
        </p>
      </Notice>
      <Form page={page} id="merge-form" action={page.href('/account/merge')} hidden={hiddenFields(way)}>
        {KINDS.map(({ kind, heading }) => (
          <Group key={kind} kind={kind} heading={heading} all={offered} />
        ))}
        <div class="row">
          <Button id="merge-leave" name="decision" value="leave">
            Leave everything behind
          </Button>
          <Button id="merge-take" kind="quiet" name="decision" value="take">
            Take along what is ticked
          </Button>
          <Button id="merge-all" kind="quiet" name="decision" value="all">
            Take everything along
          </Button>
        </div>
      </Form>
    </Layout>
  )
}

function Group(props: {
  readonly kind: Belonging['kind']
  readonly heading: string
  readonly all: readonly Belonging[]
}) {
  const { kind, heading } = props
  const items = props.all.filter((one) => one.kind === kind)
  if (items.length === 0) return null
  const beyond = items.length - MOST_SHOWN
  return (
    <Card id={`merge-${kind}s`} heading={heading}>
      <div class="stack">
        {items.slice(0, MOST_SHOWN).map(({ id, name, state, at }) => (
          <Checkbox
            key={id}
            id={`item-${id}`}
            name={`item-${id}`}
            label={name}
            hint={
              <>
                {state}, <Time at={at} />
              </>
            }
          />
        ))}
      </div>
      {beyond > 0 ? <p>And {beyond} more, which come along only with everything.</p> : null}
    </Card>
  )
}
