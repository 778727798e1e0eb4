import { PageHead } from '#ui'
import type { AskingApp } from '../login/asking-app.ts'

/** The top of the pages to sign in at, which say for which app that is, if it is for one. */
export function SignInHead(props: {
  readonly title: string
  readonly lead: string
  readonly app: AskingApp | undefined
}) {
  const { title, lead, app } = props
  if (app === undefined) return <PageHead title={title} lead={lead} />
  return (
    <PageHead
      title={title}
      lead={
        <>
          <span id="asking-app">
            To continue to <AppName {...app} />
            {app.isVerified ? '' : ', an app that nobody here has checked'}.
          </span>{' '}
          {lead}
        </>
      }
    />
  )
}

/** A name in letters from right to left leaves what stands beside it in its place (UAX 9, `bdi`). */
function AppName({ name, destination }: AskingApp) {
  if (name === undefined) return <b>{destination}</b>
  return (
    <>
      <b>
        <bdi>{name}</bdi>
      </b>{' '}
      ({destination})
    </>
  )
}
