import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Html, html, type Page, sendPage } from '../../pages/index.ts'
import { findPersona, PERSONAS, type Persona } from '../personas.ts'
import type { Realm } from '../realm.ts'
import type { DriveFile } from '../records.ts'
import type { DriveParts } from './index.ts'

/** Types a browser may show in place; anything else is downloaded. */
const SHOWN = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif', 'image/svg+xml'])

function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

const formatTime = (time: string) => html`<time datetime="${time}">${time.slice(0, 19).replace('T', ' ')} UTC</time>`

function picture({ site }: Realm, { id, name, mimeType }: DriveFile): Html {
  if (!SHOWN.has(mimeType)) return html`<span class="blank">${mimeType}</span>`
  return html`<img src="${site.path(`/google/drive/files/${id}/content`)}" alt="${name}" loading="lazy">`
}

function facts(file: DriveFile): Html {
  return html`<dl><dt>Type</dt><dd>${file.mimeType}</dd><dt>Size</dt><dd>${formatSize(file.size)}</dd><dt>Saved</dt><dd>${formatTime(file.createdTime)}</dd><dt>Id</dt><dd><code>${file.id}</code></dd></dl>`
}

function card(realm: Realm, file: DriveFile): Html {
  const href = realm.site.path(`/google/drive/files/${file.id}`)
  return html`<li class="card file"><a href="${href}" tabindex="-1" aria-hidden="true">${picture(realm, file)}</a><div><h2><a href="${href}">${file.name}</a></h2>${file.description !== undefined && html`<p>${file.description}</p>`}${facts(file)}</div></li>`
}

function page({ site }: Realm, title: string, body: Html): Page {
  const nav = [{ href: site.path('/google/drive'), text: 'All files' }]
  return { title, of: 'Sandbox Google Drive', home: site.path('/'), nav, body }
}

function tab({ site, records }: Realm, persona: Persona, chosen: Persona): Html {
  const count = records.files.values().filter(({ account }) => account === persona.email).length
  const href = `${site.path('/google/drive')}?account=${encodeURIComponent(persona.email)}`
  return html`<a href="${href}"${persona === chosen && { markup: ' aria-current="page"' }}><img src="${site.path(`/google/people/${persona.id}.png`)}" alt="" width="30" height="30">${persona.name} (${count})</a>`
}

function drivePage(realm: Realm, chosen: Persona): Page {
  const files = realm.records.files.values().filter(({ account }) => account === chosen.email)
  return page(
    realm,
    `Drive of ${chosen.name}`,
    html`<h1>Drive of ${chosen.name}</h1><nav class="tabs" aria-label="Accounts">${PERSONAS.map((persona) => tab(realm, persona, chosen))}</nav>
${files.length > 0 ? html`<ul class="files">${files.reverse().map((file) => card(realm, file))}</ul>` : html`<p class="card soft">Nothing here yet. Files that an app saves for ${chosen.email} appear on this page.</p>`}`,
  )
}

function filePage(realm: Realm, file: DriveFile): Page {
  return page(
    realm,
    file.name,
    html`<h1>${file.name}</h1><div class="full">${picture(realm, file)}</div><div class="card">${file.description !== undefined && html`<p>${file.description}</p>`}${facts(file)}<dl><dt>Owner</dt><dd>${file.account}</dd><dt>MD5</dt><dd><code>${file.md5Checksum}</code></dd></dl>
<p class="row"><a class="button" href="${realm.site.path(`/google/drive/files/${file.id}/content`)}">Open the file itself</a><a href="${realm.site.path('/google/drive')}?account=${encodeURIComponent(file.account)}">Back to the Drive</a></p></div>`,
  )
}

function missing(realm: Realm, reply: FastifyReply) {
  const body = html`<div class="card"><h1>There is no such file</h1><p>It may have gone with a reset of the sandbox.</p></div>`
  return sendPage(reply, 404, page(realm, 'Not found', body))
}

/** What landed in whose Drive, for people to see. Open to everybody: nobody real owns these files. */
export function registerDrivePages(app: FastifyInstance, { realm, vault }: DriveParts) {
  const config = { operation: 'drive.page' }

  app.get<{ Querystring: { account?: string } }>('/drive', { config }, (request, reply) => {
    const latest = realm.records.files.values().at(-1)?.account
    const chosen = findPersona(request.query.account ?? latest) ?? PERSONAS[0]
    return chosen ? sendPage(reply, 200, drivePage(realm, chosen)) : missing(realm, reply)
  })

  app.get<{ Params: { id: string } }>('/drive/files/:id', { config }, (request, reply) => {
    const file = realm.records.files.get(request.params.id)
    return file ? sendPage(reply, 200, filePage(realm, file)) : missing(realm, reply)
  })

  app.get<{ Params: { id: string } }>(
    '/drive/files/:id/content',
    { config: { operation: 'drive.content' } },
    (request, reply) => {
      const file = realm.records.files.get(request.params.id)
      if (!file) return missing(realm, reply)
      const shown = SHOWN.has(file.mimeType)
      return reply
        .headers({
          'content-type': shown ? file.mimeType : 'application/octet-stream',
          'content-length': file.size,
          // Uploaded bytes must not act as a page of this origin, whatever they hold.
          'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
          'content-disposition': `${shown ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(file.name)}`,
          'x-content-type-options': 'nosniff',
          'cache-control': 'private, max-age=3600',
        })
        .send(vault.read(file.id))
    },
  )
}
