import { execFile, spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../harness/machine.ts'
import { registerPerson } from '../harness/person.ts'
import { useSite } from '../harness/site.ts'
import { registerApp, tokensFor } from '../harness/tokens.ts'
import { blocksOf } from '../harness/tutorial.ts'
import { read } from './repository.ts'

const SECTIONS = blocksOf(read('docs/how-to/verify-a-token.md'))
const NODE_MODULES = join(import.meta.dirname, '../../node_modules')
/** The first one that has PyJWT, such as Debian's beside one of somebody's own; without any there is nothing to run. */
const python = ['python3', '/usr/bin/python3'].find(
  (program) => spawnSync(program, ['-c', 'import jwt, cryptography']).status === 0,
)

const site = useSite()
let tokens: { access_token: string; id_token: string }
let login: string
let keys: { kid: string; kty: string; x?: string; y?: string; n?: string }[]

beforeAll(async () => {
  const client = site.client()
  login = await registerPerson(client, 'verified')
  tokens = await tokensFor(client, login, await registerApp(client, login), { scope: 'openid profile' })
  keys = JSON.parse((await client.getJson('/jwks')).text).keys
})

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Tokens that a program must refuse (security §8), by what is wrong with them. */
function wrongTokens(): Record<string, string> {
  const [header = '', claims = '', signature = ''] = tokens.access_token.split('.')
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString())
  const key = keys.find((one) => one.kid === kid)
  const symmetric = `${encoded({ alg: 'HS256', typ: 'at+jwt', kid })}.${claims}`
  const other = JSON.parse(Buffer.from(claims, 'base64url').toString())
  return {
    'an ID token': tokens.id_token,
    'a login token': login,
    'claims that were changed': `${header}.${encoded({ ...other, scope: 'admin' })}.${signature}`,
    'alg none': `${encoded({ alg: 'none', typ: 'at+jwt' })}.${claims}.`,
    'HS256 with the public key': `${symmetric}.${createHmac('sha256', JSON.stringify(key)).update(symmetric).digest('base64url')}`,
    'an empty signature': `${header}.${claims}.${Buffer.alloc(64).toString('base64url')}`,
    'no token': 'not-a-token',
  }
}

describe.each([
  { section: 'Node', file: 'verify.mjs', program: process.execPath, missing: false },
  { section: 'Python', file: 'verify.py', program: python ?? 'python3', missing: python === undefined },
])('docs/how-to/verify-a-token.md: the program for $section', ({ section, file, program, missing }) => {
  async function run(token: string, audience = site.product.url) {
    const folder = await temporaryFolder()
    const block = SECTIONS.get(section)?.find((one) => one.file === file)
    await writeFile(join(folder, file), block?.text ?? '')
    await symlink(NODE_MODULES, join(folder, 'node_modules'))
    const { stdout } = await promisify(execFile)(program, [file, site.product.url, audience, token], { cwd: folder })
    return JSON.parse(stdout)
  }

  test.skipIf(missing)('prints the claims of an access token', async () => {
    expect(await run(tokens.access_token)).toMatchObject({
      iss: site.product.url,
      aud: site.product.url,
      sub: expect.stringMatching(/^u_/),
      scope: 'openid profile',
    })
  })

  test.skipIf(missing)('refuses one for another audience', async () => {
    await expect(run(tokens.access_token, 'https://api.example/')).rejects.toThrow()
  })

  test.skipIf(missing)('refuses every other kind of token, and what was tampered with', async () => {
    for (const [what, token] of Object.entries(wrongTokens())) {
      await expect(run(token), what).rejects.toThrow()
    }
  })
})
