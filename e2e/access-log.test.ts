import { describe, expect, test } from 'vitest'
import { useMailbox } from './harness/mailbox.ts'
import { PASSWORD, registerPerson, signInWithForm } from './harness/person.ts'
import { useSite } from './harness/site.ts'
import { codeFor, registerApp } from './harness/tokens.ts'

const box = useMailbox()
const site = useSite({
  get environment() {
    return { ...box.settings, LOG_LEVEL: 'debug' }
  },
})

describe('the log of what this server itself gives out, at its most talkative', () => {
  test('holds no login token, reset link, code of ours, refresh token, id_token_hint or one-time code either (security §11.9)', async () => {
    const [client, username, email] = [site.client(), 'ana', 'ana.alves@example.com']
    const login = await registerPerson(client, username)
    const app = await registerApp(client, login)
    const bearer = { authorization: `Bearer ${login}` }
    const json = { ...bearer, 'content-type': 'application/json' }
    await client.send('/api/account', { method: 'PATCH', headers: json, body: JSON.stringify({ email }) })

    const { client_id, client_secret, redirect_uri } = app
    const own = { client_id, client_secret }
    const code = await codeFor(client, login, app, { state: 'state-of-an-app', nonce: 'nonce-of-an-app' })
    const redeem = () => client.postForm('/token', { ...own, grant_type: 'authorization_code', code, redirect_uri })
    const tokens = JSON.parse((await redeem()).text)
    const { access_token, id_token, refresh_token } = tokens
    const refresh = (token: string) =>
      client.postForm('/token', { ...own, grant_type: 'refresh_token', refresh_token: token })
    const renewed = JSON.parse((await refresh(refresh_token)).text)
    await client.send('/userinfo', { headers: { authorization: `Bearer ${access_token}` } })
    await client.get(`/userinfo?${new URLSearchParams({ access_token })}`)
    await client.postForm('/introspect', { ...own, token: renewed.refresh_token })
    await client.postForm('/revoke', { ...own, token: renewed.refresh_token })
    await refresh(renewed.refresh_token)
    // The second time is an attack, and is told of.
    await redeem()
    await client.get(`/authorize?${new URLSearchParams({ client_id, code, id_token_hint: id_token })}`)
    await client.get(`/logout?${new URLSearchParams({ id_token_hint: id_token })}`)
    await client.send(`/client/${client_id}`, {
      headers: { authorization: `Bearer ${app.registration_access_token}` },
    })

    const otp = '918273'
    await client.postJson('/login', { username, password: PASSWORD, otp })
    await client.postJson('/login', { username, password: 'a wrong password of hers', otp })
    const browser = site.client()
    await signInWithForm(browser, username)
    const confirm = await box.link(email, '/verify-email')
    await browser.get(confirm)
    const session = `trivet-${new URL(site.product.url).port}`
    const signedIn = browser.cookie(session)

    const forgetful = site.client()
    const forgot = await forgetful.form('/forgot', '/forgot')
    await forgetful.postForm('/forgot', { ...forgot.fields, email })
    // Letters for a new password go to an address that its person confirmed.
    const page = await browser.form(confirm, '/verify-email')
    await browser.postForm('/verify-email', page.fields)
    await forgetful.postForm('/forgot', { ...forgot.fields, email })
    const reset = await box.link(email, '/reset')
    await forgetful.get(reset)
    const marker = forgetful.cookie(`${session}-reset`)
    const chosen = await forgetful.form('/reset', '/reset')
    const next = 'another long enough password'
    expect((await forgetful.postForm('/reset', { ...chosen.fields, new_password: next })).status).toBe(303)
    await forgetful.get(reset)
    const setup = 'setup-link-that-nobody-has-made-xxxxxxxxxxx'
    await forgetful.get(`/setup/administrator?token=${setup}`)

    const tokenOf = (link: string) => new URL(link).searchParams.get('token')
    const secrets = [
      ...[login, code, access_token, id_token, refresh_token, renewed.access_token, renewed.refresh_token],
      ...[client_secret, app.registration_access_token, 'state-of-an-app', 'nonce-of-an-app', setup],
      ...[tokenOf(confirm), tokenOf(reset), signedIn, marker, PASSWORD, next, 'a wrong password of hers'],
    ]
    // A request is noted once its answer is out.
    await expect.poll(site.product.output).toContain('"path":"/setup/administrator"')
    const log = site.product.output()
    for (const path of ['/token', '/reset', '/verify-email', '/logout', '/login', '/revoke']) {
      expect(log).toContain(`"${path}"`)
    }
    const lines = log.split('\n')
    for (const secret of secrets) {
      if (typeof secret !== 'string' || secret.length < 9) throw new Error('a secret is missing')
      expect(lines.filter((line) => line.includes(secret))).toEqual([])
    }
    expect(lines.filter((line) => new RegExp(`\\b${otp}\\b`).test(line))).toEqual([])
    // Of whatever was not named above: JWTs, and secrets with our prefixes.
    expect(lines.filter((line) => /\beyJ[\w-]{10}|\btr[a-z]_[\w-]{20}/.test(line))).toEqual([])
  })
})
