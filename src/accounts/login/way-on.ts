import { parseReturnPath, returnPathOf } from '#http'

/** Where somebody goes after they have signed in, or have not: back to the request of an app, or to a page of ours. */
export type WayOn = { readonly interaction: string | undefined; readonly returnTo: string | undefined }

/** Ids of interactions are random base64url; `/authorize` knows which of them are alive. */
const INTERACTION = /^[\w-]{16,128}$/

/** Anything that is no way of ours counts as none: a link from elsewhere leads nowhere but to our own pages. */
export function parseWayOn(fields: Readonly<Record<string, string>>, publicUrl: string): WayOn {
  const { interaction = '', return_to } = fields
  return {
    interaction: INTERACTION.test(interaction) ? interaction : undefined,
    returnTo: parseReturnPath(return_to, publicUrl),
  }
}

export function afterSignIn({ interaction, returnTo }: WayOn): string {
  return interaction === undefined ? (returnTo ?? '/account') : `/authorize?${new URLSearchParams({ interaction })}`
}

/** `/authorize` then tells the app `access_denied` (RFC 6749 §4.1.2.1). */
export function afterCancel({ interaction, returnTo }: WayOn): string {
  if (interaction === undefined) return returnTo ?? '/'
  return `/authorize?${new URLSearchParams({ interaction, login: 'cancelled' })}`
}

/** The same way on another page of ours: `/register` beside `/login`. */
export function withWayOn(path: string, { interaction, returnTo }: WayOn): string {
  const query = new URLSearchParams({
    ...(interaction === undefined ? {} : { interaction }),
    ...(returnTo === undefined ? {} : { return_to: returnTo }),
  }).toString()
  return query === '' ? path : `${path}?${query}`
}

/** The page to sign in at, and then to come back from. @param page path and query of a page of ours */
export function signInFirst(page: string): string {
  return comingBackTo('/login', page)
}

/** As `signInFirst`, for who is signed in and has to prove it again. */
export function confirmFirst(page: string): string {
  return comingBackTo('/account/confirm', page)
}

function comingBackTo(path: string, page: string): string {
  return withWayOn(path, { interaction: undefined, returnTo: returnPathOf(page) })
}

/** For the form that is sent. */
export function hiddenFields({ interaction, returnTo }: WayOn): Readonly<Record<string, string>> {
  return {
    ...(interaction === undefined ? {} : { interaction }),
    ...(returnTo === undefined ? {} : { return_to: returnTo }),
  }
}
