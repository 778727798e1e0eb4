import { describe, expect, it } from 'vitest'
import { Secret } from '#base'
import { whyNotData } from './step-outcome.ts'

const KIB = 1024

class Point {
  readonly x = 1
}

const circle: Record<string, unknown> = { name: 'circle' }
circle['itself'] = { again: circle }

describe('what a step gives back must come through a checkpoint unchanged', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'Bengal'],
    ['a number', 1.5],
    ['nested data', { a: [{ b: [true, null, 'x'] }], c: { d: {} } }],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 })],
    ['a FileRef', { id: 'f', name: 'cat.png', type: 'image/png', size: 9, sha256: 'ab' }],
    ['the same object twice, which is no circle', [Point.name, ...Array(2).fill({ a: 1 })]],
  ])('%s is data', (_what, value) => {
    expect(whyNotData(value)).toBeUndefined()
  })

  it.each([
    ['bytes', { picture: Buffer.from('GIF89a') }, 'bytes: write a file and return its FileRef'],
    ['an ArrayBuffer', new ArrayBuffer(2), 'bytes'],
    ['a secret, however deep', { a: [{ session: new Secret('s3cret') }] }, 'a secret'],
    ['a function', { close: () => undefined }, 'a function'],
    ['a symbol', Symbol('x'), 'a symbol'],
    ['a bigint', { size: 1n }, 'a bigint'],
    ['a class instance', { at: new Point() }, 'class Point'],
    ['a Date', new Date(0), 'class Date'],
    ['a Map', new Map(), 'class Map'],
    ['an Error', new Error('x'), 'class Error'],
    ['a circle', circle, 'refers to itself'],
  ])('%s is refused, with the reason', (_what, value, reason) => {
    expect(whyNotData(value)).toContain(reason)
  })

  it('a refusal never repeats a secret', () => {
    expect(whyNotData({ session: new Secret('s3cret') })).not.toContain('s3cret')
  })

  it('256 KiB of JSON is the most, counted in bytes', () => {
    const quotes = 2
    expect(whyNotData('x'.repeat(256 * KIB - quotes))).toBeUndefined()
    expect(whyNotData('x'.repeat(256 * KIB))).toContain(`more than ${256 * KIB}`)
    // Two bytes each in UTF-8.
    expect(whyNotData('é'.repeat(128 * KIB))).toBe('it is 262146 bytes of JSON, more than 262144')
  })

  it('a long list is too big, not an error of its own', () => {
    expect(whyNotData(Array.from({ length: 300_000 }, (_, index) => index))).toContain('more than')
  })

  it('data that is nested very deep is refused, not a stack overflow', () => {
    let deep: unknown = []
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep]
    expect(whyNotData(deep)).toContain('nested')
  })
})
