import { expect, it } from 'vitest'
import { createSlots } from './slots.ts'

/** Something that lasts until it is told to end. */
function task() {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  return { work: () => promise, end: resolve, fail: reject }
}

it('slots are taken while work lasts, and given back however it ends', async () => {
  const slots = createSlots(2)
  const [one, two] = [task(), task()]
  expect([slots.isFree(), slots.isIdle()]).toEqual([true, true])
  const first = slots.hold(one.work)
  expect([slots.isFree(), slots.isIdle()]).toEqual([true, false])
  const second = slots.hold(two.work)
  expect([slots.isFree(), slots.isIdle()]).toEqual([false, false])
  one.end()
  await first
  expect(slots.isFree()).toBe(true)
  two.fail(new Error('it broke'))
  await expect(second).rejects.toThrow('it broke')
  expect(slots.isIdle()).toBe(true)
})

it('a run that waits for a person gives its slot to others meanwhile, and is counted again afterwards', async () => {
  const slots = createSlots(1)
  const [pause, rest] = [task(), task()]
  const run = slots.hold(async () => {
    await slots.rest(pause.work)
    await rest.work()
  })
  expect([slots.isFree(), slots.isIdle()]).toEqual([true, true])
  pause.end()
  await expect.poll(slots.isFree).toBe(false)
  rest.end()
  await run
  expect([slots.isFree(), slots.isIdle()]).toEqual([true, true])
})
