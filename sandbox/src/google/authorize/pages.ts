import { type Html, html, type Page } from '../../pages/index.ts'
import { PERSONAS, type Persona } from '../personas.ts'
import type { Realm } from '../realm.ts'
import { describeScope, isSignIn, parseScopes, shortName } from '../scopes.ts'
import type { AuthorizationRequest, BadRequest } from './parse-request.ts'

function page({ site }: Realm, title: string, body: Html): Page {
  return { title, of: 'Sandbox Google', home: site.path('/'), narrow: true, body }
}

export function errorPage(realm: Realm, { error, status, message }: BadRequest): Page {
  return page(
    realm,
    'Access blocked',
    html`<div class="card"><h1>Access blocked: the request of this app is not valid</h1>
<p>${message}</p><p class="bad"><strong>Error ${status}: ${error}</strong></p>
<p class="soft small">Nothing was sent to the app. Its developer has to correct the request.</p></div>`,
  )
}

function personaButton({ site }: Realm, { id, name, email }: Persona): Html {
  return html`<button class="persona" id="persona-${id}" name="persona" value="${id}"><img src="${site.path(`/google/people/${id}.png`)}" alt="" width="44" height="44"><span>${name}<small>${email}</small></span></button>`
}

/** The person chooses who to be; a login hint leaves only that person. */
export function loginPage(realm: Realm, request: AuthorizationRequest, query: string, hinted?: Persona): Page {
  const shown = hinted ? [hinted] : PERSONAS
  return page(
    realm,
    'Choose an account',
    html`<div class="card"><h1>Choose an account</h1><p class="soft">to continue to <strong>${request.client.name}</strong></p>
<form method="post" action="${realm.site.path('/google/signin')}" class="stack"><input type="hidden" name="request" value="${query}">
${shown.map((persona) => personaButton(realm, persona))}</form>
<p class="soft small">These people are made up, and there is no password.</p></div>`,
  )
}

function scopeItem(scope: string): Html {
  const name = shortName(scope)
  return html`<li><input type="checkbox" name="scope" id="scope-${name}" value="${scope}" checked><label for="scope-${name}">${describeScope(scope)}<small>${name}</small></label></li>`
}

/** The same request, with the choice of an account first. */
function choosing(query: string): string {
  const parameters = new URLSearchParams(query)
  const prompts = parseScopes(parameters.get('prompt') ?? '')
  parameters.delete('login_hint')
  parameters.set('prompt', [...new Set([...prompts, 'select_account'])].join(' '))
  return parameters.toString()
}

/** Who asks for what; each scope beyond signing in can be refused. */
export function consentPage(realm: Realm, request: AuthorizationRequest, query: string, persona: Persona): Page {
  const { client, redirectUri, scopes } = request
  const signIn = [...new Set(scopes.filter(isSignIn).map(describeScope))]
  const others = scopes.filter((scope) => !isSignIn(scope))
  return page(
    realm,
    `${client.name} wants access`,
    html`<form method="post" action="${realm.site.path('/google/consent')}" class="card"><input type="hidden" name="request" value="${query}">
<h1>${client.name} wants access to your account</h1>
<p class="soft">You are <strong>${persona.name}</strong>, ${persona.email}. You go back to <strong>${new URL(redirectUri).host}</strong>. <a id="consent-switch" href="${realm.site.path('/google/o/oauth2/v2/auth')}?${choosing(query)}">Use another account</a></p>
${signIn.length > 0 && html`<h2>When you sign in, ${client.name} can</h2><ul class="plain">${signIn.map((words) => html`<li>${words}</li>`)}</ul>`}
${others.length > 0 && html`<h2 id="what">Choose what ${client.name} can do</h2><ul class="scopes" aria-labelledby="what">${others.map(scopeItem)}</ul>`}
<div class="row equal"><button id="consent-cancel" name="action" value="cancel">Cancel</button><button class="main" id="consent-allow" name="action" value="allow">Continue</button></div></form>`,
  )
}
