import { narrowPage } from '../../oauth/pages.ts'
import type { OAuthRealm } from '../../oauth/realm.ts'
import { html, type Page } from '../../pages/index.ts'
import { faceOf, type Persona } from '../personas.ts'
import { describeScope } from '../scopes.ts'
import type { AuthorizationRequest } from './parse-request.ts'

/** Who asks for what: all of it or nothing. */
export function consentPage(realm: OAuthRealm, request: AuthorizationRequest, query: string, persona: Persona): Page {
  const { client, redirectUri, scopes } = request
  const { name, detail, picture } = faceOf(realm.site, persona)
  return narrowPage(
    realm,
    `${client.name} wants to access your account`,
    html`<form method="post" action="${realm.site.path('/discord/consent')}" class="card"><input type="hidden" name="request" value="${query}">
<h1>${client.name} wants to access your account</h1>
<p class="persona row"><img src="${picture}" alt="" width="44" height="44"><span><strong><bdi>${name}</bdi></strong><small>${detail}</small></span></p>
<p class="soft">Not you? <a id="consent-switch" href="${realm.site.path('/discord/signin')}?${query}">Use another account</a></p>
<h2>This will allow ${client.name} to</h2><ul class="plain">${scopes.map((scope) => html`<li>${describeScope(scope)}</li>`)}</ul>
<p class="soft small">Afterwards you go to <strong>${new URL(redirectUri).host}</strong>, outside of Sandbox Discord.</p>
<div class="row equal"><button id="consent-cancel" name="action" value="cancel">Cancel</button><button class="main" id="consent-allow" name="action" value="allow">Authorize</button></div></form>`,
  )
}
