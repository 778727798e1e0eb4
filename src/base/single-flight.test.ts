import { expect, test } from 'vitest'
import { createSingleFlight } from './single-flight.ts'

test('everybody who asks for the same meanwhile gets the one result; the next one starts anew', async () => {
  const once = createSingleFlight<number>()
  let begun = 0
  const work = async () => {
    begun += 1
    await Promise.resolve()
    return begun
  }
  expect(await Promise.all([once('a', work), once('a', work), once('b', work)])).toEqual([2, 2, 2])
  expect(begun).toBe(2)
  expect(await once('a', work)).toBe(3)
})

test('a failure is everybody’s too, and is not kept', async () => {
  const once = createSingleFlight<string>()
  const fails = () => Promise.reject(new Error('no'))
  const results = await Promise.allSettled([once('a', fails), once('a', fails)])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await once('a', async () => 'yes')).toBe('yes')
})

test('who leaves gets the word for it at once, the others go on; the work stops with the last one', async () => {
  const once = createSingleFlight<string>({ gone: () => new Error('you left') })
  const [first, second] = [new AbortController(), new AbortController()]
  let stopped = false
  const work = (signal: AbortSignal) =>
    new Promise<string>(() => {
      signal.addEventListener('abort', () => {
        stopped = true
      })
    })
  const waiting = [once('a', work, first.signal), once('a', work, second.signal)]
  const results = Promise.allSettled(waiting)
  first.abort()
  await expect(waiting[0]).rejects.toThrow('you left')
  expect(stopped).toBe(false)
  second.abort()
  await results
  expect(stopped).toBe(true)
  // Joins nothing that is being stopped.
  expect(await once('a', async () => 'anew')).toBe('anew')
  await expect(once('a', work, AbortSignal.abort())).rejects.toThrow('you left')
})
