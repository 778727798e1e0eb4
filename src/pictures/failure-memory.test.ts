import { expect, test } from 'vitest'
import { Failure } from '#base'
import { createFailureMemory } from './failure-memory.ts'

const FAILURE = new Failure({ kind: 'refused', code: 'svg_not_drawable', message: 'No.' })

function memory(most: number) {
  let now = 0
  const { keep, throwAgain } = createFailureMemory({ clock: { now: () => new Date(now) }, most, seconds: 10 })
  return {
    pass: (seconds: number) => (now += seconds * 1000),
    keep: (key: string, error: unknown = FAILURE) => expect(() => keep(key, error)).toThrow(error as Error),
    isKept: (key: string) => {
      try {
        throwAgain(key)
        return false
      } catch (error) {
        expect(error).toMatchObject({ data: FAILURE.data, cause: FAILURE })
        return true
      }
    },
  }
}

test('what failed fails again under its own key, until the time is over', () => {
  const { keep, isKept, pass } = memory(5)
  keep('a')
  expect([isKept('a'), isKept('b')]).toEqual([true, false])
  pass(9)
  expect(isKept('a')).toBe(true)
  pass(1)
  expect(isKept('a')).toBe(false)
})

test('the oldest are forgotten first; one that failed once more is no longer old', () => {
  const { keep, isKept } = memory(2)
  for (const key of ['a', 'b', 'a', 'c']) keep(key)
  expect([isKept('a'), isKept('b'), isKept('c')]).toEqual([true, false, true])
})

test('a mistake of our own is not remembered', () => {
  const { keep, isKept } = memory(2)
  keep('a', new TypeError('x'))
  expect(isKept('a')).toBe(false)
})
