import { parseScopes } from '../../oauth/form.ts'
import { narrowPage } from '../../oauth/pages.ts'
import { type Html, html, type Page } from '../../pages/index.ts'
import type { Persona } from '../personas.ts'
import type { Realm } from '../realm.ts'
import { describeScope, isSignIn, shortName } from '../scopes.ts'
import type { AuthorizationRequest } from './parse-request.ts'

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
  return narrowPage(
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
