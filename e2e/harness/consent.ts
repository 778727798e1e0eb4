import { type Answer, type Client, readForm } from './client.ts'

/** What the person does on the consent page: agrees to all, unless told. */
export type Choice = { readonly allow?: boolean; readonly untick?: boolean }

/**
 * From an address of the sandbox's consent to the callback at the product, which is not visited: signs in and agrees
 * to all, where the sandbox asks for it. It remembers who is signed in, and asks nobody twice.
 */
export async function agreeAtSandbox(
  client: Client,
  authorize: string,
  persona: string,
  choice: Choice = {},
): Promise<string> {
  const { origin, pathname } = new URL(authorize)
  const provider = `/${pathname.split('/')[1]}`
  let answer = await client.get(authorize)
  for (let pages = 0; pages < 6; pages += 1) {
    if (answer.location !== '' && !answer.location.startsWith(origin)) return answer.location
    if (answer.location !== '') answer = await client.get(answer.location)
    else if (answer.text.includes(`action="${provider}/consent"`))
      answer = await decide(client, origin, answer, { provider, ...choice })
    else answer = await signIn(client, origin, answer, { provider, persona })
  }
  throw new Error(`the sandbox asks for ever: ${answer.status} ${answer.text.slice(0, 300)}`)
}

type Person = { readonly provider: string; readonly persona: string }

function signIn(client: Client, origin: string, page: Answer, { provider, persona }: Person): Promise<Answer> {
  const { action, fields } = readForm(page.text, `${provider}/signin`)
  return client.postForm(`${origin}${action}`, { ...fields, persona })
}

function decide(
  client: Client,
  origin: string,
  page: Answer,
  choice: Choice & { readonly provider: string },
): Promise<Answer> {
  const { action, fields } = readForm(page.text, `${choice.provider}/consent`)
  const body = new URLSearchParams({ ...fields, action: choice.allow === false ? 'cancel' : 'allow' })
  const scopes = page.text.matchAll(/name="scope" id="[^"]*" value="([^"]*)"/g)
  for (const [, scope = ''] of choice.untick ? [] : scopes) body.append('scope', scope)
  return client.send(`${origin}${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  })
}
