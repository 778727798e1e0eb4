import { expect, test, vi } from 'vitest'
import { capturedLog, silentLog } from '#testing'
import { keepHouse } from './housekeeping.ts'

test('is done at the start, and again and again', async () => {
  const chore = vi.fn(async () => undefined)
  const end = keepHouse(silentLog, [chore], 20)
  expect(chore).toHaveBeenCalledTimes(1)
  await vi.waitUntil(() => chore.mock.calls.length >= 3, { timeout: 5000 })
  await end()
})

test('a chore that fails is noted, and keeps no other from being done, this time or the next', async () => {
  const { log, text } = capturedLog()
  const second = vi.fn(async () => undefined)
  const end = keepHouse(log, [() => Promise.reject(new Error('a guest stays')), second], 20)
  await vi.waitUntil(() => second.mock.calls.length >= 2, { timeout: 5000 })
  expect(text()).toContain('a guest stays')
  await end()
})

test('its end waits for the chore under way, which is told, and begins no other', async () => {
  const under = Promise.withResolvers<void>()
  const told = vi.fn()
  const second = vi.fn(async () => undefined)
  const first = (signal: AbortSignal) => {
    signal.addEventListener('abort', told)
    return under.promise
  }
  const end = keepHouse(silentLog, [first, second], 20)
  const ended = vi.fn()
  const over = end().then(ended)
  expect(told).toHaveBeenCalledTimes(1)
  await Promise.resolve()
  expect(ended).not.toHaveBeenCalled()
  under.resolve()
  await over
  expect(second).not.toHaveBeenCalled()
})
