import { expect, test } from 'vitest'
import { catsUnderViolence, type Target } from './chaos/cats.ts'
import { momentOf, START_UP } from './chaos/moments.ts'
import { createRandom } from './chaos/random.ts'
import { report } from './chaos/report.ts'

/** Kills PostgreSQL and the sandbox too, in three of the five that are not at start-up. */
const SEED = 32

const TARGETS: readonly Target[] = [
  START_UP,
  momentOf('between form and consent'),
  momentOf('callback, code being exchanged'),
  START_UP,
  momentOf('step: Fetch the picture'),
  momentOf('step: Save it to your Drive'),
  momentOf('paused, grant taken back'),
]

// `npm run chaos -- cats` does the same 50 times, at all moments.
test('killed at start-up, between form and consent, in the callback, in steps and while it waits: every form ends as one file', async () => {
  const result = await catsUnderViolence({ targets: TARGETS, random: createRandom(SEED), say: () => undefined })
  console.log(report(result, SEED))
  expect(result.wrong).toEqual([])
  expect(result.kills).toHaveLength(TARGETS.length)
  expect(result.accepted).toBe(result.forms)
  expect(result.succeeded).toBe(result.accepted)
  expect(result.files).toBe(result.accepted)
})
