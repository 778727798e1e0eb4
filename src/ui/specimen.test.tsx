import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ErrorPage, type PageContext, renderPage } from './index.ts'
import { Specimen } from './specimen.tsx'

const page: PageContext = {
  asset: (name) => `/base/assets/${name}`,
  href: (path) => `/base${path}`,
  sandbox: true,
  csrf: 'token-of-this-page',
  path: '/runs',
  nav: [{ href: '/base/login', label: 'Sign in' }],
}
const breeds = [
  { value: 'abys', label: 'Abyssinian', picture: '/base/pictures/abys.jpg', note: 'active' },
  { value: 'beng', label: 'Bengal' },
]
const html = renderPage(<Specimen page={page} breeds={breeds} />)
const error = renderPage(
  <ErrorPage page={page} status={404} title="No such page" message="Go back." code="not_found" requestId="r-1" />,
)

/** The values of an attribute, in order. */
function attributes(text: string, name: string): string[] {
  return [...text.matchAll(new RegExp(`<[^>]*? ${name}="([^"]*)"`, 'g'))].map(([, value = '']) => value)
}

function tags(text: string, name: string): string[] {
  return [...text.matchAll(new RegExp(`<${name}[ >][^>]*>?`, 'g'))].map(([tag]) => tag)
}

function classesInSheets(): string[] {
  const folder = new URL('./css/', import.meta.url)
  const sheets = readdirSync(folder).filter((name) => name.endsWith('.css') && name !== 'index.css')
  const all = sheets.map((name) => readFileSync(new URL(name, folder), 'utf8').replaceAll(/\/\*.*?\*\//gs, ''))
  return [...new Set([...all.join('\n').matchAll(/\.([a-z][\w-]*)/g)].map(([, name = '']) => name))].toSorted()
}

describe.each([
  ['specimen', html],
  ['error page', error],
])('a page (%s)', (_, text) => {
  it('is a whole document in English with a viewport and a title', () => {
    expect(text).toMatch(/^<!doctype html>\n<html lang="en"><head><meta charset="utf-8"/)
    expect(text).toContain('<meta name="viewport" content="width=device-width, initial-scale=1"')
    expect(text).toMatch(/<title>[^<]+ · Trivet<\/title>/)
  })

  it('has no inline style, inline script or event handler, which the CSP would refuse', () => {
    expect(text).not.toMatch(/<[^>]* style=/)
    expect(text).not.toMatch(/<[^>]* on[a-z]+=/i)
    expect(tags(text, 'style')).toEqual([])
    for (const [, attrs, body] of text.matchAll(/<script([^>]*)>(.*?)<\/script>/gs)) {
      expect(attrs).toMatch(/ src="\/base\/assets\//)
      expect(body).toBe('')
    }
  })

  it('has one h1, and no level of heading is skipped', () => {
    const levels = [...text.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level))
    expect(levels.filter((level) => level === 1)).toHaveLength(1)
    levels.reduce((before, level) => {
      expect(level).toBeLessThanOrEqual(before + 1)
      return level
    }, 0)
  })

  it('gives each id once, and whatever points to an id finds it', () => {
    const ids = attributes(text, 'id')
    expect(ids).toEqual([...new Set(ids)])
    const fragments = attributes(text, 'href').flatMap((href) => (href.startsWith('#') ? [href.slice(1)] : []))
    const references = ['for', 'aria-describedby', 'aria-labelledby'].flatMap((name) => attributes(text, name))
    expect(
      references
        .flatMap((value) => value.split(' '))
        .concat(fragments)
        .filter((id) => !ids.includes(id)),
    ).toEqual([])
  })

  it('keeps every link and action under the base path', () => {
    const links = ['href', 'action'].flatMap((name) => attributes(text, name))
    expect(links.filter((link) => !link.startsWith('/base/') && !link.startsWith('#'))).toEqual([])
  })
})

describe('the specimen', () => {
  it('uses every class that the style sheets know, and no other', () => {
    const used = new Set(attributes(html, 'class').flatMap((value) => value.split(' ')))
    // What a page, a notice and a button are without further rules; `narrow` and `wide` are the other widths of a page,
    // `aside` and `square` belong to forms with a preview and square pictures
    const plain = ['normal', 'info', 'primary']
    const known = classesInSheets()
    expect([...used].filter((name) => !known.includes(name) && !plain.includes(name))).toEqual([])
    expect(known.filter((name) => !used.has(name))).toEqual(['aside', 'narrow', 'square', 'wide'])
  })

  it('sends the CSRF token with every form', () => {
    const forms = [...html.matchAll(/<form[^>]*>(.*?)<\/form>/gs)]
    expect(forms).toHaveLength(2)
    for (const [form] of forms) {
      expect(form).toMatch(/^<form[^>]* method="post"/)
      expect(form).toContain('<input type="hidden" name="csrf" value="token-of-this-page"')
    }
  })

  it('gives every button an id, and every picture its size and a text', () => {
    for (const button of tags(html, 'button')) expect(button).toMatch(/ id="/)
    expect(tags(html, 'img')).toHaveLength(3)
    for (const picture of tags(html, 'img'))
      expect(picture).toMatch(/(?=.* alt)(?=.* width="\d)(?=.* height="\d)(?=.* loading="lazy")/)
  })

  it('writes what people typed as text, never as markup', () => {
    expect(html).toContain('value="&lt;ana>"')
    expect(html).not.toContain('<ana>')
  })

  it('refreshes only without JavaScript: the meta element stands in noscript', () => {
    expect(html).toContain('<noscript><meta http-equiv="refresh" content="2;url=/base/specimen"')
    expect(error).not.toContain('http-equiv')
  })

  it('marks the page one is on in the navigation, and says that it is a sandbox', () => {
    expect(html).toContain('<a href="/base/runs" aria-current="page">Runs</a>')
    expect(html.match(/aria-current="page"/g)).toHaveLength(1)
    expect(html).toContain('>sandbox</span>')
    expect(renderPage(<Specimen page={{ ...page, sandbox: false }} breeds={[]} />)).not.toContain('>sandbox</span>')
  })

  it('carries the hooks that a live run page relies on', () => {
    const step = html.slice(html.indexOf('<li class="step" data-step="Save it to your Drive"'))
    expect(step).toMatch(/^<li [^>]*data-status="running" aria-current="step"/)
    for (const hook of ['data-status-text', 'data-message', 'data-attempts', 'data-seconds']) {
      expect(step.slice(0, step.indexOf('</li>'))).toContain(` ${hook}`)
    }
    expect(html).toMatch(/<progress id="run-progress"[^>]* max="100" value="62"[^>]* data-progress/)
    for (const hook of ['number', 'sentence', 'elapsed']) expect(html).toContain(` data-progress-${hook}`)
  })

  it('shows no number while nobody can tell how far it is', () => {
    const unknown = html.slice(html.indexOf('<progress id="unknown"'))
    expect(unknown.slice(0, unknown.indexOf('>'))).not.toContain('value')
  })
})
