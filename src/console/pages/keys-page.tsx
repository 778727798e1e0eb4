import { KEY_TIMING, type KeyView, SIGNING_ALGS } from '#crypto'
import { Button, Card, Form, formatDuration, KeyValues, Table, Tag, Time, type VNode } from '#ui'
import { ConsoleFrame, type Frame } from './frame.tsx'

const TONES = { published: 'accent', signing: 'ok', retired: undefined } as const

/** `/console/keys`. */
export function keysPage(props: Frame & { readonly keys: readonly KeyView[] }): VNode {
  const { page, keys } = props
  return (
    <ConsoleFrame {...props} title="Keys" lead="What tokens are signed with. The private halves are sealed.">
      <Table
        id="keys"
        caption="Keys, in the order in which they begin to sign"
        captionHidden
        headers={['Key', 'Algorithm', 'Stage', 'Made', 'Signs from', 'Removed after']}
        rows={keys.map((key) => [
          <code key="kid">{key.kid}</code>,
          key.alg,
          <Tag key="state" tone={TONES[key.state]}>
            {key.state}
          </Tag>,
          <Time key="made" at={key.createdAt} />,
          <Time key="signs" at={key.signsFrom} />,
          key.removedAfter === null ? '–' : <Time key="removed" at={key.removedAfter} />,
        ])}
      />
      <Stages />
      <Card id="key-rotation" heading="Change a key now">
        <p>
          Keys change by themselves; this does it before it is time. Nothing breaks; tokens that were signed before go
          on until they are over.
        </p>
        <div class="row">
          {SIGNING_ALGS.map((alg) => (
            <Form key={alg} page={page} action={page.href('/console/keys/rotate')} hidden={{ alg }}>
              <Button id={`rotate-${alg}`} kind="quiet">
                Change the {alg} key
              </Button>
            </Form>
          ))}
        </div>
      </Card>
      <Card id="key-end" heading="End a key that may have been seen">
        <p>
          Every key of that kind ends at once, and every token that it signed: apps get new ones with their refresh
          tokens, programs sign in again. Nobody is signed out of this site. An app that checks tokens by itself goes on
          believing the old key for as long as it keeps what it read at /jwks.
        </p>
        <div class="row">
          {SIGNING_ALGS.map((alg) => (
            <Form key={alg} page={page} action={page.href('/console/keys/rotate')} hidden={{ alg, now: 'yes' }}>
              <Button id={`end-${alg}`} kind="danger">
                End the {alg} key now
              </Button>
            </Form>
          ))}
        </div>
      </Card>
    </ConsoleFrame>
  )
}

function Stages() {
  const { publishedBeforehand, keptAfterwards, changedEvery } = KEY_TIMING
  const inWords = (seconds: number) => formatDuration(seconds)
  return (
    <Card id="key-stages" heading="What the stages mean">
      <KeyValues
        items={[
          {
            label: 'published',
            value: `Everybody can read it at /jwks, and nothing is signed with it yet, for ${inWords(publishedBeforehand)}: so no client meets a signature whose key it could not know.`,
          },
          {
            label: 'signing',
            value: `New tokens are signed with it, until its successor begins, which is made after ${inWords(changedEvery)}.`,
          },
          {
            label: 'retired',
            value: `It only verifies, for ${inWords(keptAfterwards)} after its last signature: longer than any token lives. Then it is removed.`,
          },
        ]}
      />
    </Card>
  )
}
