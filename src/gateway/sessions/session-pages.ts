import { SIGN_IN } from './addresses.ts'
import type { SignInFailure } from './sign-in.ts'

/** What people are told; nothing of a request is repeated here. */
const WORDS: Readonly<Record<SignInFailure | 'broken', { readonly status: number; readonly text: string }>> = {
  stale: { status: 400, text: 'This sign-in took too long, or was finished before.' },
  other_browser: { status: 400, text: 'This sign-in was begun in another browser, or cookies are switched off here.' },
  refused: { status: 403, text: 'You were not signed in.' },
  too_weak: {
    status: 403,
    text: 'This page asks for a stronger sign-in, such as a second factor, than your account has.',
  },
  broken: { status: 503, text: 'The sign-in could not be finished just now.' },
}

/** A page without styles: this host is somebody else's. */
export function failurePage(why: SignInFailure | 'broken') {
  const { status, text } = WORDS[why]
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign-in</title>
<main><h1>Sign-in</h1><p id="error">${text}</p><p><a id="again" href="${SIGN_IN}">Try again</a></p></main></html>\n`
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body }
}
