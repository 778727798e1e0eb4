import { generateKeyPairSync, sign } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Done } from '../visits/visits.ts'
import { decodeTokens } from './decode.ts'
import { factsOf } from './facts.ts'
import type { StepName } from './names.ts'

const ISSUER = 'https://id.example'
const now = new Date('2026-11-20T12:00:00Z')
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const key = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const { privateKey, publicKey } = key()
const jwk = (kid: string, of = publicKey) => ({ ...of.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' })

function accessToken(exp: number): string {
  const text = `${encoded({ alg: 'ES256', typ: 'at+jwt', kid: 'ours' })}.${encoded({ iss: ISSUER, aud: ISSUER, exp })}`
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

const answered = (body: string): Done => ({
  exchange: { request: { method: 'GET', url: ISSUER, headers: [] }, answer: { status: 200, headers: [], body } },
})

async function checksOf(jwks: string, exp = now.getTime() / 1000 + 60): Promise<boolean[] | undefined> {
  const steps = new Map<StepName, Done>([
    ['token', answered(JSON.stringify({ access_token: accessToken(exp) }))],
    ['jwks', answered(jwks)],
  ])
  const [decoded] = await decodeTokens(steps, factsOf(steps), { issuer: ISSUER, now })
  return decoded?.checks.map(({ holds }) => holds)
}

it('a token is checked with the key that it names, out of however many', async () => {
  const others = Array.from({ length: 20 }, (_, index) => jwk(`other-${index}`, key().publicKey))
  expect(await checksOf(JSON.stringify({ keys: [...others, jwk('ours')] }))).toEqual([true, true, true, true, true])
})

it('a key of that name that did not sign it, or none: said, with all else shown', async () => {
  for (const keys of [[jwk('ours', key().publicKey)], [jwk('another')], [], [null], [{ kid: 'ours' }]]) {
    expect(await checksOf(JSON.stringify({ keys }))).toEqual([false, true, true, true, true])
  }
  expect(await checksOf('{"keys":[{"kid"')).toEqual([false, true, true, true, true])
})

it('one that has ended: said', async () => {
  const past = now.getTime() / 1000 - 1
  expect(await checksOf(JSON.stringify({ keys: [jwk('ours')] }), past)).toEqual([true, true, true, true, false])
})
