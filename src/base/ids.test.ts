import { describe, expect, it } from 'vitest'
import { isId, newId } from './ids.ts'

describe('newId (RFC 9562 §5.7, UUIDv7)', () => {
  it('has version 7, the RFC variant, and the time in its first 48 bits', () => {
    const id = newId(Date.parse('2022-02-22T19:22:22Z'))
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    // The time of the example in RFC 9562, appendix A.6.
    expect(id.slice(0, 13)).toBe('017f22e2-79b0')
  })

  it('sorts by time as text', () => {
    const times = [0, 1, 255, 256, 2 ** 32, Date.now(), 2 ** 48 - 1]
    const ids = times.map((time) => newId(time))
    expect([...ids].sort()).toEqual(ids)
  })

  it('differs within one millisecond, in all of its 74 random bits', () => {
    const ids = Array.from({ length: 2000 }, () => newId(1))
    expect(new Set(ids).size).toBe(ids.length)
    const bits = ids.map((id) => BigInt(`0x${id.replaceAll('-', '')}`) & ((1n << 128n) - 1n))
    const everSet = bits.reduce((a, b) => a | b)
    const alwaysSet = bits.reduce((a, b) => a & b)
    const varying = (everSet & ~alwaysSet).toString(2).replaceAll('0', '').length
    expect(varying).toBe(74)
  })
})

describe('isId', () => {
  it('takes what newId makes', () => expect(isId(newId())).toBe(true))

  const id = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f'
  it.each([
    '',
    'x',
    id.toUpperCase(),
    `{${id}}`,
    id.replaceAll('-', ''),
    `${id}\n`,
    ` ${id}`,
    `${id}0`,
    `${id}' or 1=1`,
  ])('refuses %j, which PostgreSQL would refuse or read in another way', (text) => expect(isId(text)).toBe(false))
})
