import type { Answer, Client } from './client.ts'

/** What a walk over a site found. */
export type Crawl = {
  /** Addresses of pages, files and answers that were read. */
  readonly read: readonly string[]
  /** What misses the base path, or leads nowhere: one line each, with the page it is on. */
  readonly findings: readonly string[]
}

/** Attributes that hold an address; `content` is that of a refresh. */
const ADDRESSES = /\s(href|src|srcset|action|formaction|poster|content|data-[\w-]+)="([^"]*)"/g
const FOLLOWED = new Set(['href', 'src'])

/**
 * Reads every page that links lead to, from the given ones on, and looks at every address in it: links, forms, buttons,
 * pictures, what islands are told, redirects, and paths in JSON.
 *
 * @param site.base the base path, such as `/auth`
 * @param site.skip pages that are not read, although links lead to them
 */
export async function crawl(
  client: Client,
  site: { readonly origin: string; readonly base: string; readonly skip: RegExp; readonly most: number },
  starts: readonly string[],
): Promise<Crawl> {
  const findings: string[] = []
  const seen = new Set(starts)
  // Those to begin with may ask for more than they get here (405, 400); what a link leads to has to be there.
  const queue = starts.map((path) => ({ path, from: '' }))
  for (let next = queue.shift(); next && seen.size <= site.most; next = queue.shift()) {
    const { path, from } = next
    const answer = await client.get(path)
    if (from !== '' && answer.status >= 400) findings.push(`${from}: ${path} answers ${answer.status}`)
    if (answer.status >= 500) findings.push(`${path} answers ${answer.status}: ${answer.text.slice(0, 200)}`)
    for (const { what, address } of addressesOf(answer)) {
      if (address.startsWith('/') && !isBelow(address, site.base)) findings.push(`${path}: ${what}="${address}"`)
      const inside = pathOf(address, site)
      if (inside === undefined || !FOLLOWED.has(what) || seen.has(inside) || site.skip.test(inside)) continue
      seen.add(inside)
      queue.push({ path: inside, from: path })
    }
  }
  return { read: [...seen], findings }
}

function addressesOf(answer: Answer): { what: string; address: string }[] {
  const location = answer.headers.location === undefined ? [] : [{ what: 'href', address: answer.headers.location }]
  const type = answer.headers['content-type'] ?? ''
  if (type.includes('json')) {
    const paths = stringsIn(JSON.parse(answer.text)).map((address) => ({ what: 'JSON', address }))
    return [...location, ...paths]
  }
  if (!type.includes('html')) return location
  const found = [...answer.text.matchAll(ADDRESSES)].map(([, what = '', text = '']) => {
    const address = text.replaceAll('&amp;', '&')
    return { what, address: what === 'content' ? (/;\s*url=(.*)$/i.exec(address)?.[1] ?? '') : address }
  })
  return [...location, ...found]
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : []
}

function isBelow(address: string, base: string): boolean {
  return address === base || address.startsWith(`${base}/`) || address.startsWith(`${base}?`)
}

/** Of an address of the site, path and query. */
function pathOf(address: string, { origin, base }: { origin: string; base: string }): string | undefined {
  const path = address.startsWith(`${origin}/`) ? address.slice(origin.length) : address
  return isBelow(path, base) ? path.replace(/#.*$/, '') : undefined
}
