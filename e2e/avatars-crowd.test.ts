import { afterAll, beforeAll, expect, test } from 'vitest'
import { startAvatar } from './harness/avatars.ts'
import { createClient } from './harness/client.ts'
import { createReplicas, type Replicas } from './harness/replicas.ts'
import { isStatus, runUntil } from './harness/runs.ts'

const VISITORS = 20
/** Each needs four requests at least: twenty seconds of work at this rate are spread over both processes. */
const PER_SECOND = 10
const PERSONAS = ['ana', 'bob', 'zoe']

let replicas: Replicas
beforeAll(async () => {
  replicas = await createReplicas({ DISCORD_REQUESTS_PER_SECOND: String(PER_SECOND) })
  replicas.route(...(await Promise.all([replicas.start(), replicas.start()])))
})
afterAll(() => replicas.close())

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('20 visitors at once, two processes, a limited Discord: all succeed, the limit is kept, nobody is refreshed twice', async () => {
  const { sandbox } = replicas
  await sandbox.atDiscord('limit', { per_second: PER_SECOND })
  await sandbox.fault({ provider: 'discord', kind: 'expire_tokens', seconds: 30 })
  const people = Array.from({ length: VISITORS }, (_, index) => ({
    client: createClient(replicas.url),
    persona: PERSONAS[index % PERSONAS.length] ?? 'ana',
  }))
  const drawn = await Promise.all(
    people.map(async ({ client, persona }) => {
      const id = await startAvatar(client, { seed: '' }, persona)
      return runUntil(client, id, (run) => isStatus('succeeded')(run) || isStatus('failed')(run), 60_000)
    }),
  )
  expect(drawn.map(({ status }) => status)).toEqual(Array(VISITORS).fill('succeeded'))
  expect(await sandbox.requests('token.exchange')).toHaveLength(VISITORS)

  // All tokens end; each person asks for two at once, of both processes.
  await sandbox.clearFaults()
  for (const account of PERSONAS) await sandbox.atDiscord('expire-tokens', { account: `${account}@example.com` })
  await sleep(1100)
  await sandbox.forgetRequests()
  const again = await Promise.all(
    people.flatMap(({ client }) =>
      ['one', 'two'].map(async (seed) => {
        const answer = await client.postJson('/api/mashups/avatars/runs', { seed, style: 'lorelei' })
        expect(answer.status, answer.text).toBe(202)
        return runUntil(client, JSON.parse(answer.text).id, isStatus('succeeded'), 90_000)
      }),
    ),
  )
  expect(again).toHaveLength(2 * VISITORS)
  expect(await sandbox.requests('token.refresh')).toHaveLength(VISITORS)
  const { exceeded, mostInOneSecond } = await sandbox.discord()
  expect(exceeded).toBe(0)
  expect(mostInOneSecond).toBeLessThanOrEqual(PER_SECOND)
  expect(mostInOneSecond).toBeGreaterThan(PER_SECOND / 2)
}, 180_000)
