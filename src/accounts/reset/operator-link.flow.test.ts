import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { BY_COMMAND } from '../index.ts'
import { createPostTown, type PostTown, pathOf } from '../post-town.fixture.ts'

const NEW = 'lamp river tuesday'

let town: PostTown
beforeAll(async () => {
  town = await createPostTown()
})
beforeEach(async () => {
  town.ended.length = 0
  await town.shift(0)
  await town.tables.deleteFrom('login_failure').execute()
})
afterAll(() => town.close())

const succeeded = async (username: string, password: string) =>
  (await town.login(username, password)).json['result'] === 'succeeded'

describe('links that whoever runs the server makes', () => {
  it('by name, without an e-mail address and without a mail server; recorded', async () => {
    const { id, username } = await town.user('vera')
    const link = pathOf(await town.accounts.resetLink({ username: ' VERA ' }, BY_COMMAND))
    const browser = town.visitor()
    await browser.get(link)
    expect((await browser.submit('/reset', { new_password: NEW })).status).toBe(303)
    expect(await succeeded(username, NEW)).toBe(true)
    const target = (await town.accounts.user(id))?.publicId
    const [reset, made] = await town.accounts.audit.list({ most: 2, target })
    expect(reset).toMatchObject({ action: 'user.password_reset', details: { way: 'command' } })
    expect(made).toMatchObject({ action: 'user.reset_link_made', actor: 'command' })
    expect(JSON.stringify([reset, made])).not.toContain(link.split('=')[1])
  })

  it('for nobody there is none', async () => {
    expect(await town.accounts.resetLink({ username: 'nobody' }, BY_COMMAND)).toBeUndefined()
  })

  it('only the latest five of an account work', async () => {
    const { username } = await town.user('walt')
    const links = []
    for (let count = 0; count < 6; count += 1)
      links.push(pathOf(await town.accounts.resetLink({ username }, BY_COMMAND)))
    expect((await town.visitor().get(links[0] ?? '')).status).toBe(410)
    expect((await town.visitor().get(links[5] ?? '')).status).toBe(303)
  })
})
