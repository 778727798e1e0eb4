import type { AvatarStyle } from '#apis'
import type { Run } from '#runs'
import { ButtonLink, Card, CopyField, KeyValues, Layout, type PageContext, PageHead } from '#ui'
import avatars from './avatars.ts'
import type { AvatarResult } from './result.ts'

/** `GET /avatars/show_avatar`: the avatar beside the Discord profile it is for, to be saved or changed. */
export function AvatarPage(props: {
  readonly page: PageContext
  readonly run: Run
  readonly result: AvatarResult
  readonly style: AvatarStyle | undefined
}) {
  const { page, run, result, style } = props
  const { profile, avatar, picture } = result
  const file = (kind: 'svg' | 'png') => page.href(`/avatars/${run.id}/avatar.${kind}`)
  return (
    <Layout page={page} title={`An avatar for ${profile.name}`} islands={['copy-field']}>
      <PageHead
        title={`An avatar for ${profile.name}`}
        lead="The same words and the same style always give this one."
      />
      <Card id="result">
        <div class="two">
          <img
            class="picture"
            id="avatar"
            src={file('svg')}
            alt={`An avatar in the style ${style?.name ?? avatar.style}, drawn from “${avatar.seed}”`}
            width={640}
            height={640}
          />
          <div class="stack">
            <div class="row" id="discord-profile">
              {picture === null ? null : (
                <img
                  class="face"
                  id="discord-picture"
                  src={page.href(`/runs/${run.id}/files/${picture.id}`)}
                  alt={`${profile.name} at Discord`}
                  width={96}
                  height={96}
                />
              )}
              <p>
                <b>{profile.name}</b>
                <br />
                <span class="soft">@{profile.username} at Discord</span>
              </p>
            </div>
            <KeyValues id="avatar-options" items={optionsOf(result, style)} />
            {style === undefined ? null : <Credits style={style} />}
            <div class="row">
              <ButtonLink id="download-svg" href={`${file('svg')}?download`} download="">
                Download as SVG
              </ButtonLink>
              <ButtonLink id="download-png" href={`${file('png')}?download`} download="" kind="quiet">
                Download as PNG
              </ButtonLink>
            </div>
            <div class="row">
              <ButtonLink id="change" href={page.href(`${avatars.path}?run=${run.id}`)} kind="quiet">
                Change the options
              </ButtonLink>
              <ButtonLink id="home" href={page.href('/')} kind="quiet">
                Back to the first page
              </ButtonLink>
            </div>
            <p class="soft">
              <a id="steps-link" href={page.href(`/runs/${run.id}?show=steps`)}>
                How it was made
              </a>
            </p>
          </div>
        </div>
      </Card>
    </Layout>
  )
}

function optionsOf({ avatar }: AvatarResult, style: AvatarStyle | undefined) {
  return [
    { label: 'Drawn from', value: avatar.seed },
    { label: 'Style', value: style?.name ?? avatar.style },
    { label: 'Background', value: avatar.backgroundColor ?? 'none' },
    { label: 'Mood', value: avatar.mood ?? 'as it came' },
  ]
}

/** Whose art it is; where the licence asks for it, the words to put beside the avatar wherever it is used. */
function Credits({ style }: { readonly style: AvatarStyle }) {
  return (
    <div class="stack" id="attribution">
      <p>
        Its style: <Linked to={style.source ?? style} /> by <Linked to={style.designer} />, licensed under{' '}
        <Linked to={style.licence} />.
      </p>
      {style.needsAttribution ? (
        <CopyField
          id="attribution-text"
          label="Its licence asks you to say so where you use it"
          value={style.attribution}
        />
      ) : null}
    </div>
  )
}

function Linked({ to }: { readonly to: { readonly name: string; readonly url?: string | undefined } }) {
  if (to.url === undefined) return <>{to.name}</>
  return (
    <a href={to.url} rel="noopener noreferrer">
      {to.name}
    </a>
  )
}
