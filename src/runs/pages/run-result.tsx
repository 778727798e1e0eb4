import { formatBytes } from '#base'
import { ButtonLink, Card, KeyValues, type PageContext } from '#ui'
import type { Mashup } from '../definition/mashup.ts'
import type { RunResult } from '../definition/result.ts'
import type { Run } from '../run-view.ts'

/** The result page of every mash-up: made from data alone. */
export function RunResultView(props: {
  readonly page: PageContext
  readonly run: Run
  readonly result: RunResult
  readonly mashup: Mashup | undefined
}) {
  const { page, run, result, mashup } = props
  const { image, table = [], file } = result
  const links = (result.links ?? []).filter(({ href }) => isWebLink(href))
  return (
    <Card id="result">
      <div class="two">
        {image === undefined ? null : (
          <img
            class="picture"
            id="result-image"
            src={page.href(`/runs/${run.id}/files/${image.file.id}`)}
            alt={image.alt}
            width={image.width}
            height={image.height}
          />
        )}
        <div class="stack">
          {result.text === undefined ? null : <p>{result.text}</p>}
          {table.length === 0 ? null : <KeyValues items={table.map(({ name, value }) => ({ label: name, value }))} />}
          <div class="row">
            {links.map((link, index) => (
              <ButtonLink
                key={link.href}
                id={`result-link-${index}`}
                href={page.href(link.href)}
                kind={index === 0 ? 'primary' : 'quiet'}
                rel="noopener noreferrer"
              >
                {link.label}
              </ButtonLink>
            ))}
            {file === undefined ? null : (
              <ButtonLink id="result-file" href={page.href(`/runs/${run.id}/files/${file.id}`)} download={file.name}>
                {`Download ${file.name} (${formatBytes(file.size)})`}
              </ButtonLink>
            )}
            {mashup === undefined ? null : (
              <ButtonLink id="again" href={page.href(mashup.path)} kind={links.length > 0 ? 'quiet' : 'primary'}>
                {mashup.again}
              </ButtonLink>
            )}
          </div>
        </div>
      </div>
    </Card>
  )
}

/** Addresses come from other services' answers: nothing but the web, or a path of ours, is linked (no `javascript:`). */
function isWebLink(href: string): boolean {
  return /^(https?:\/\/|\/(?![/\\]))/i.test(href)
}
