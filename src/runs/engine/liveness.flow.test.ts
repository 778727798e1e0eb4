import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { capturedLog, type TestDatabase, testDatabase } from '#testing'
import { executorLock, watchForDead } from './liveness.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await testDatabase()
})
afterAll(() => test.close())

const TAKING_OVER = 'taking over its runs'

async function lockOf(id: string) {
  const lock = await test.database.livenessLock(executorLock, id)
  onTestFinished(() => lock.release())
  return lock
}

/** The look that a process takes when it starts, without any grace. @returns what it said to the log. */
async function firstLook(deps: { me: string; lock: Awaited<ReturnType<typeof lockOf>>; working: string[] }) {
  const { log, text } = capturedLog()
  const watch = watchForDead({ me: deps.me, lock: deps.lock, executorsWithWork: async () => deps.working, log })
  await watch.start({ alone: true })
  await watch.stop()
  return text()
}

it('a process whose lock can be had is dead: its runs are taken over', async () => {
  const said = await firstLook({ me: 'me', lock: await lockOf('me'), working: ['me', 'dead'] })
  expect(said).toContain(TAKING_OVER)
  expect(said).toContain('"executor":"dead"')
  expect(said).not.toContain('"executor":"me"')
})

it('a process that holds its lock lives: nothing is taken from it', async () => {
  await lockOf('other')
  expect(await firstLook({ me: 'me', lock: await lockOf('me'), working: ['other'] })).toBe('')
})

it('a process that stopped in good order gave its lock back', async () => {
  const other = await test.database.livenessLock(executorLock, 'stopped')
  await other.release()
  expect(await firstLook({ me: 'me', lock: await lockOf('me'), working: ['stopped'] })).toContain(TAKING_OVER)
})

it('a process that lost its own lock judges nobody: it may be the one that looks dead', async () => {
  const lock = { ...(await lockOf('me')), held: () => false }
  expect(await firstLook({ me: 'me', lock, working: ['dead'] })).toBe('')
})
