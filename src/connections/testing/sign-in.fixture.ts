import { type Browser, createBrowser } from './browser.fixture.ts'
import { ANA, type Person } from './fake-provider.fixture.ts'
import { PASSWORD } from './people.fixture.ts'
import { createRig, type RigOptions } from './rig.fixture.ts'

const hidden = (html: string, name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? ''

/** A `Caller` as JSON. */
type Who = {
  readonly ownerId: string
  readonly kind: 'user' | 'guest'
  readonly sessionId: string
  readonly user?: { readonly username: string; readonly authTime: string; readonly amr: readonly string[] }
}

/** The rig, and what people do who sign in with an account at its provider. */
export async function createSignInRig(options: RigOptions = {}) {
  const rig = await createRig(options)

  const own = {
    ...rig,
    async who(browser: Browser): Promise<Who | null> {
      return JSON.parse((await browser.get('/who')).body).caller
    },
    /** As far as the provider's page. */
    async leave(browser: Browser, fields: Record<string, string> = {}): Promise<string> {
      const answer = await browser.submit('/login/google', fields, '/login?prompt=login')
      if (answer.status !== 303) throw new Error(`not begun: ${answer.status} ${answer.body}`)
      return answer.location
    },
    /** There and back. @returns the answer of the callback */
    async signIn(browser: Browser, person: Person = ANA, fields: Record<string, string> = {}) {
      return rig.callback(browser, rig.provider.agree(await own.leave(browser, fields), person))
    },
    async pendingId(browser: Browser): Promise<string> {
      return hidden((await browser.get('/login/identity')).body, 'identity')
    },
    async decide(browser: Browser, fields: Record<string, string>) {
      const page = await browser.get('/login/identity')
      const form = { identity: hidden(page.body, 'identity'), csrf: hidden(page.body, 'csrf'), ...fields }
      return browser.post('/login/identity', form)
    },
    /** Somebody who has never been here: a new account by their account at the provider. */
    async newcomer(person: Person, username: string) {
      const browser = createBrowser(rig.publicUrl)
      await own.signIn(browser, person)
      const answer = await own.decide(browser, { decision: 'create', username })
      if (answer.status !== 303) throw new Error(`not made: ${answer.status} ${answer.body}`)
      const who = await own.who(browser)
      if (!who) throw new Error('not signed in')
      return { browser, answer, ownerId: who.ownerId }
    },
    async user(username: string, more: { readonly email?: string; readonly isAdmin?: boolean } = {}) {
      const made = await rig.accounts.createUser({ username, password: PASSWORD, isAdmin: false, ...more })
      if ('errors' in made) throw new Error(made.errors[0]?.message)
      return made.user
    },
    /** The person of a browser wants to link an account. @returns the answer of the button, or of the callback */
    async link(browser: Browser, person: Person = ANA) {
      const begun = await browser.submit('/account/identities/google', {}, '/account/identities')
      if (!begun.location.startsWith(rig.provider.url)) return begun
      return rig.callback(browser, rig.provider.agree(begun.location, person))
    },
    async identityIds(browser: Browser): Promise<string[]> {
      const { body } = await browser.get('/account/identities')
      return [...body.matchAll(/id="identity-([\da-f-]{36})"/g)].map(([, id]) => id ?? '')
    },
    unlink: (browser: Browser, id: string) =>
      browser.submit(`/account/identities/${id}/unlink`, {}, '/account/identities'),
    events: (action: string) => rig.accounts.audit.list({ most: 50, action }),
  }
  return own
}

export type SignInRig = Awaited<ReturnType<typeof createSignInRig>>
