import { createClient } from '../../e2e/harness/client.ts'
import type { Started } from '../product.ts'
import type { Client } from './child.ts'
import { authorizationQuery, newVerifier, REDIRECT_URI } from './flow.ts'
import { type Caller, CONCURRENCY } from './load.ts'
import type { Prepared } from './works.ts'

/** Sign-in and consent are two pages, each with a way there and back. */
const MOST_HOPS = 10

/** Signs people in at `oidc-provider`, each in a browser of their own, by walking its redirects once. */
export async function preparePeer({ url }: Started, caller: Caller, client: Client): Promise<Prepared> {
  const people = Array.from({ length: CONCURRENCY }, async (_, worker) => {
    const browser = createClient(url)
    const query = { ...authorizationQuery(client, newVerifier()), login_hint: `person-${worker}` }
    let { location } = await browser.get(`/authorize?${new URLSearchParams(query)}`)
    for (let hops = 0; !location.startsWith(REDIRECT_URI); hops += 1) {
      const answer = await browser.get(location)
      if (answer.location === '' || hops === MOST_HOPS) throw new Error(`Nobody was signed in: ${answer.text}`)
      location = answer.location
    }
    const names = ['_session', '_session.sig']
    return { cookie: names.map((name) => `${name}=${browser.cookie(name)}`).join('; ') }
  })
  return { caller, client, people: await Promise.all(people), introspectable: { resource: `${url}/kept` } }
}
