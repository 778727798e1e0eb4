import { type Answer, type Client, readForm } from './client.ts'

/**
 * From an address of the sandbox's consent to the callback at the product, which is not visited: signs in and agrees
 * to all, where the sandbox asks for it. It remembers who is signed in, and asks nobody twice.
 */
export async function agreeAtGoogle(client: Client, authorize: string, persona: string): Promise<string> {
  const { origin } = new URL(authorize)
  let answer = await client.get(authorize)
  for (let pages = 0; pages < 6; pages += 1) {
    if (answer.location !== '' && !answer.location.startsWith(origin)) return answer.location
    if (answer.location !== '') answer = await client.get(answer.location)
    else if (answer.text.includes('action="/google/consent"')) answer = await allow(client, origin, answer)
    else answer = await signIn(client, origin, answer, persona)
  }
  throw new Error(`the sandbox asks for ever: ${answer.status} ${answer.text.slice(0, 300)}`)
}

function signIn(client: Client, origin: string, page: Answer, persona: string): Promise<Answer> {
  const { action, fields } = readForm(page.text, '/google/signin')
  return client.postForm(`${origin}${action}`, { ...fields, persona })
}

function allow(client: Client, origin: string, page: Answer): Promise<Answer> {
  const { action, fields } = readForm(page.text, '/google/consent')
  const body = new URLSearchParams({ ...fields, action: 'allow' })
  for (const [, scope = ''] of page.text.matchAll(/name="scope" id="[^"]*" value="([^"]*)"/g)) {
    body.append('scope', scope)
  }
  return client.send(`${origin}${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  })
}
