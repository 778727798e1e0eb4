import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { type Html, html } from './html.ts'
import { STYLE } from './style.ts'

export { type Html, html } from './html.ts'

export type Page = {
  title: string
  /** Which stand-in this page belongs to, e.g. `Sandbox Google`. */
  of: string
  /** Absolute address of the sandbox's home page. */
  home: string
  nav?: readonly { href: string; text: string }[]
  narrow?: boolean
  body: Html
}

/** A whole document: ribbon, header, `<main>` with the given body (which brings the one h1). No scripts. */
function renderPage({ title, of, home, nav = [], narrow = false, body }: Page): string {
  const links = nav.map(({ href, text }) => html`<a href="${href}">${text}</a>`)
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · ${of}</title><link rel="icon" href="data:,"><style>${{ markup: STYLE }}</style></head>
<body><a class="skip" href="#content">Skip to the content</a>
<aside class="ribbon" aria-label="Sandbox"><strong>Sandbox.</strong> An imitation that runs on this machine; no real account is involved. <a href="${home}">What is this?</a></aside>
<header class="top"><b>${of}</b>${links.length > 0 && html`<nav aria-label="${of}">${links}</nav>`}</header>
<main id="content"${narrow && { markup: ' class="narrow"' }}>${body}</main></body></html>`
  return page.markup
}

/** Sends a page with the headers all sandbox pages carry. No form-action: consent forms end in a redirect to the app. */
export function sendPage(reply: FastifyReply, status: number, page: Page) {
  const hash = createHash('sha256').update(STYLE).digest('base64')
  return reply
    .code(status)
    .headers({
      'content-security-policy': `default-src 'none'; style-src 'sha256-${hash}'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'`,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .type('text/html; charset=utf-8')
    .send(renderPage(page))
}
