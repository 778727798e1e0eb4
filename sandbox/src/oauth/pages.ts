import { type Html, html, type Page } from '../pages/index.ts'
import type { BadRequest } from './bad-request.ts'
import type { OAuthRealm } from './realm.ts'

/** Somebody as the login page shows them. */
export type Face = {
  id: string
  name: string
  /** What tells two of one name apart: an address, a user name. */
  detail: string
  /** Path of the picture. */
  picture: string
}

/** A page of the way through sign-in and consent. */
export function narrowPage({ site, title: of }: OAuthRealm, title: string, body: Html): Page {
  return { title, of, home: site.path('/'), narrow: true, body }
}

export function errorPage(realm: OAuthRealm, { error, status, message }: BadRequest): Page {
  return narrowPage(
    realm,
    'Access blocked',
    html`<div class="card"><h1>Access blocked: the request of this app is not valid</h1>
<p>${message}</p><p class="bad"><strong>Error ${status}: ${error}</strong></p>
<p class="soft small">Nothing was sent to the app. Its developer has to correct the request.</p></div>`,
  )
}

function personaButton({ id, name, detail, picture }: Face): Html {
  return html`<button class="persona" id="persona-${id}" name="persona" value="${id}"><img src="${picture}" alt="" width="44" height="44"><span><bdi>${name}</bdi><small>${detail}</small></span></button>`
}

/** The person chooses who to be. */
export function loginPage(realm: OAuthRealm, app: string, query: string, shown: readonly Face[]): Page {
  return narrowPage(
    realm,
    'Choose an account',
    html`<div class="card"><h1>Choose an account</h1><p class="soft">to continue to <strong>${app}</strong></p>
<form method="post" action="${realm.site.path(`/${realm.provider}/signin`)}" class="stack"><input type="hidden" name="request" value="${query}">
${shown.map(personaButton)}</form>
<p class="soft small">These people are made up, and there is no password.</p></div>`,
  )
}
