import { expect, test } from 'vitest'
import { createWindow } from './window.ts'

/** Numbers that look random and are the same each time (Lehmer). */
function* dice(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (state * 48_271) % 2_147_483_647
    yield state / 2_147_483_647
  }
}

test('in no second, wherever it begins, more than the limit pass', () => {
  let time = 0
  const window = createWindow(
    () => time,
    () => 7,
  )
  const passed: number[] = []
  const numbers = dice(20_261_120)
  for (let i = 0; i < 5000; i++) {
    // Bursts and pauses.
    time += Math.floor(((numbers.next().value ?? 0) < 0.9 ? 40 : 1500) * (numbers.next().value ?? 0))
    if (window.take().passed) passed.push(time)
  }
  const most = Math.max(...passed.map((start) => passed.filter((at) => at >= start && at < start + 1000).length))
  expect(most).toBe(7)
  expect(window.counts().exceeded).toBe(5000 - passed.length)
})

test('whoever waits as long as told is let through', () => {
  let time = 0
  const window = createWindow(
    () => time,
    () => 3,
  )
  let refused = 0
  for (let i = 0; i < 200; i++) {
    time += 17
    const { passed, resetAfter } = window.take()
    if (passed) continue
    refused += 1
    time += Math.ceil(resetAfter * 1000)
    expect(window.take().passed).toBe(true)
  }
  expect(refused).toBeGreaterThan(20)
})

test('refused requests do not prolong the wait, but count for the most in one second', () => {
  let time = 0
  const window = createWindow(
    () => time,
    () => 2,
  )
  window.take()
  window.take()
  for (time = 100; time < 1000; time += 100) expect(window.take().passed).toBe(false)
  expect(window.counts()).toEqual({ exceeded: 9, mostInOneSecond: 11 })
  time = 1000
  expect(window.take()).toMatchObject({ passed: true, remaining: 1 })
  window.forget()
  expect(window.counts()).toEqual({ exceeded: 0, mostInOneSecond: 0 })
})
