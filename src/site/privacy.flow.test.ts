import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCookies } from '#http'
import { type TestDatabase, testDatabase } from '#testing'
import { renderPage } from '#ui'
import { PrivacyPage } from './privacy-page.tsx'

/** Of each table the words on the page that tell of it. `undefined`: nothing about anybody. */
const TOLD: Readonly<Record<string, string | undefined>> = {
  audit_event: 'in an audit log that administrators read, for a year',
  authorization_request: 'An unfinished way to a provider is forgotten after ten minutes.',
  browser_session: 'signed out after 12 idle hours, and after 30 days in any case; administrators after 8 hours',
  clock_shift: undefined,
  connection: 'The keys that providers give us for your account, sealed',
  email_verification: 'one that confirms an e-mail address after a day',
  encryption_key: undefined,
  login_event: 'for 90 days when, from which address and with which browser somebody signed in or tried to',
  login_failure: 'by hashes of names and networks, made with a key, for a day after the last',
  login_identity: 'which account it is there, by its number, and its name, until you unlink it',
  mail_order: 'To whom one is to go is kept until the mail server has taken it, a day at most.',
  passkey: 'its public key, and the name that you gave it',
  password_reset: 'A link for a new password ends after 15 minutes',
  pending_identity: 'An unfinished way to a provider is forgotten after ten minutes.',
  pending_sign_in: 'while you show a second factor',
  playground_step: 'What you tried out in the',
  playground_visit: 'What you tried out in the',
  provider_budget: undefined,
  recovery_code: 'your recovery codes as hashes',
  refresh_attempt: 'When they were renewed, and whether that worked, for a week.',
  run: 'the steps and results of the run it began',
  run_secret: 'What you entered in a form',
  run_step: 'the steps and results of the run it began',
  setup_link: undefined,
  signing_key: undefined,
  stored_file: 'a copy of the ones that your run used',
  tinyoauth_assertion: 'their tokens as hashes',
  tinyoauth_authorization_code: 'their tokens as hashes',
  tinyoauth_client: 'Apps that you register, with what you entered about them',
  tinyoauth_consent: 'what you allowed which app',
  tinyoauth_count: 'by the network you come from, for an hour',
  tinyoauth_grant: 'what they may have and until when',
  tinyoauth_interaction: 'What an app asks you for, while you decide, is forgotten after half an hour.',
  tinyoauth_refresh_token: 'their tokens as hashes',
  tinyoauth_registration_token: undefined,
  totp_secret: 'the key of the app, sealed',
  used_challenge: undefined,
  user_account: 'your password as an Argon2id hash',
}

const COOKIES: Readonly<Record<string, string>> = {
  session: 'keeps you apart from other visitors and knows that you are signed in',
  visit: 'guards the forms of who has no account yet',
  pending: 'while you show a second factor',
  reset: 'choose a new password',
  playground: 'or try the playground',
}

let test: TestDatabase
beforeAll(async () => {
  test = await testDatabase()
})
afterAll(() => test.close())

const page = { href: (path: string) => path, asset: (name: string) => `/assets/${name}`, sandbox: false, csrf: '' }
const text = renderPage(PrivacyPage({ page }))
  .replaceAll(/<[^>]+>/g, '')
  .replaceAll(/\s+/g, ' ')

it('tells of every table that there is, a new one too: nobody adds one without saying here what is kept', async () => {
  const tables = await test.database
    .tables<{ 'pg_catalog.pg_tables': { schemaname: string; tablename: string } }>()
    .selectFrom('pg_catalog.pg_tables')
    .select('tablename')
    .where('schemaname', '=', 'trivet')
    .execute()
  const names = tables.map(({ tablename }) => tablename).filter((name) => !name.startsWith('kysely_'))
  expect(names.toSorted()).toEqual(Object.keys(TOLD).toSorted())
  for (const words of Object.values(TOLD)) expect(text).toContain(words ?? '')
})

it('tells of every cookie', () => {
  const { isOwn: _, ...cookies } = createCookies('https://trivet.example')
  expect(Object.keys(cookies).toSorted()).toEqual(Object.keys(COOKIES).toSorted())
  for (const words of Object.values(COOKIES)) expect(text).toContain(words)
  // On hosts of their own, by the gateway (src/gateway/sessions/session-cookies.ts).
  expect(text).toContain('two more on the hosts of apps that this server stands in front of')
})
