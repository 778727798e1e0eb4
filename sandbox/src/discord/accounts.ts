import type { FastifyInstance } from 'fastify'
import { BadRequest } from '../oauth/bad-request.ts'
import { findClient } from '../oauth/clients.ts'
import { parseForm } from '../oauth/form.ts'
import { guardForms } from '../oauth/guard.ts'
import type { OAuthRealm } from '../oauth/realm.ts'
import { type Grant, grantKey } from '../oauth/records.ts'
import { revokeGrant } from '../oauth/tokens.ts'
import { type Html, html, type Page, sendPage } from '../pages/index.ts'
import { faceOf, PERSONAS, type Persona } from './personas.ts'
import { describeScope } from './scopes.ts'

function liveTokens({ records, now }: OAuthRealm, { account, client }: Grant): string {
  const isTheirs = (row: { account: string; client: string }) => row.account === account && row.client === client
  const access = records.access.values().filter((row) => isTheirs(row) && row.expiresAt > now()).length
  const refresh = records.refresh.values().filter(isTheirs).length
  return `${access} access, ${refresh} refresh`
}

function grantItem(realm: OAuthRealm, grant: Grant): Html {
  const { account, client, scopes } = grant
  const name = findClient(client)?.name ?? client
  return html`<form method="post" action="${realm.site.path('/discord/accounts/revoke')}" class="stack"><input type="hidden" name="account" value="${account}"><input type="hidden" name="client" value="${client}">
<h3>${name} may</h3><ul class="plain">${scopes.map((scope) => html`<li>${describeScope(scope)}</li>`)}</ul>
<dl><dt>Live tokens</dt><dd>${liveTokens(realm, grant)}</dd></dl>
<div class="row"><button id="revoke-${account}">Take access back from ${name}</button></div></form>`
}

function pictureWords({ avatar }: Persona): string {
  if (avatar === null) return 'none of their own'
  return avatar.startsWith('a_') ? 'moves' : 'stands still'
}

function card(realm: OAuthRealm, persona: Persona): Html {
  const { name, detail, picture } = faceOf(realm.site, persona)
  const grants = realm.records.grants.values().filter(({ account }) => account === persona.snowflake)
  return html`<section class="card"><div class="persona row"><img src="${picture}" alt="" width="44" height="44"><h2><bdi>${name}</bdi></h2></div>
<dl><dt>User name</dt><dd>${detail}</dd><dt>Id</dt><dd><code>${persona.snowflake}</code></dd><dt>Address</dt><dd>${persona.email}</dd><dt>Picture</dt><dd>${pictureWords(persona)}</dd></dl>
${grants.length > 0 ? grants.map((grant) => grantItem(realm, grant)) : html`<p class="soft">No app has access to this account.</p>`}</section>`
}

function accountsPage(realm: OAuthRealm): Page {
  return {
    title: 'Accounts',
    of: realm.title,
    home: realm.site.path('/'),
    nav: [{ href: realm.site.path('/discord/accounts'), text: 'Accounts' }],
    body: html`<h1>Accounts and authorized apps</h1>${PERSONAS.map((persona) => card(realm, persona))}`,
  }
}

/** Who has an account, and which app may do what there. Open to everybody: nobody real owns these accounts. */
export function registerAccounts(app: FastifyInstance, realm: OAuthRealm) {
  guardForms(app, realm)

  app.get('/accounts', { config: { operation: 'accounts.page' } }, (_request, reply) =>
    sendPage(reply, 200, accountsPage(realm)),
  )

  app.post('/accounts/revoke', { config: { operation: 'accounts.revoke' } }, (request, reply) => {
    const form = parseForm(request.body)
    const grant = realm.records.grants.get(grantKey(form.get('account') ?? '', form.get('client') ?? ''))
    if (!grant) throw new BadRequest('invalid_request', 'That app has no access to that account any more.', 404)
    realm.records.commit(...revokeGrant(realm, grant.account, grant.client))
    return reply.redirect(realm.site.path('/discord/accounts'), 303)
  })
}
