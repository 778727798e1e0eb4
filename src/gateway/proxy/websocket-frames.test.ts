import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closeFrame, createFrameWatch } from './websocket-frames.ts'

/** RFC 6455 §5.2: lengths in 7, 16 and 64 bits, with a mask and without. */
function frame(length: number, masked: boolean): Buffer {
  const mask = masked ? 0x80 : 0
  const head =
    length < 126
      ? Buffer.from([0x82, mask | length])
      : length < 65_536
        ? Buffer.from([0x82, mask | 126, length >> 8, length & 0xff])
        : Buffer.concat([
            Buffer.from([0x82, mask | 127, 0, 0, 0, 0]),
            Buffer.from(Uint32Array.of(length).buffer).reverse(),
          ])
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0, 7), Buffer.alloc(length, 0x88)])
}

const LENGTHS = [0, 1, 125, 126, 127, 255, 256, 65_535, 65_536, 70_000]

describe('where a frame ends (RFC 6455 §5.2)', () => {
  it.each(LENGTHS.flatMap((length) => [true, false].map((masked) => ({ length, masked }))))(
    '$length bytes, masked: $masked',
    ({ length, masked }) => {
      const bytes = frame(length, masked)
      const watch = createFrameWatch()
      expect(watch.isBetween()).toBe(true)
      expect(watch.take(bytes.subarray(0, -1))).toBe(0)
      expect(watch.isBetween()).toBe(false)
      expect(watch.take(bytes.subarray(-1))).toBe(1)
      expect(watch.isBetween()).toBe(true)
    },
  )

  it('is found however the bytes are cut', () => {
    const frames = fc.array(fc.record({ length: fc.constantFrom(...LENGTHS), masked: fc.boolean() }), { maxLength: 6 })
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1 }), (made, cuts) => {
        const all = made.map(({ length, masked }) => frame(length, masked))
        const bytes = Buffer.concat(all)
        const ends = new Set(all.map((_frame, at) => Buffer.concat(all.slice(0, at + 1)).length))
        const watch = createFrameWatch()
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const chunk = bytes.subarray(at, at + (cuts[turn % cuts.length] ?? 1))
          const inside = [...ends].filter((end) => end > at && end <= at + chunk.length).map((end) => end - at)
          expect(watch.take(chunk)).toBe(Math.max(0, ...inside))
          at += chunk.length
          expect(watch.isBetween()).toBe(ends.has(at))
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('a frame that ends the connection (RFC 6455 §5.5.1)', () => {
  it('has the code in two bytes', () => {
    expect([...closeFrame(1001, false)]).toEqual([0x88, 2, 0x03, 0xe9])
  })

  it('is masked, each time anew, where a client would have sent it (§5.3)', () => {
    const bytes = closeFrame(1008, true)
    expect([...bytes.subarray(0, 2)]).toEqual([0x88, 0x82])
    const payload = bytes.subarray(6).map((byte, at) => byte ^ (bytes[2 + at] ?? 0))
    expect(Buffer.from(payload).readUInt16BE()).toBe(1008)
    expect(new Set(Array.from({ length: 8 }, () => closeFrame(1008, true).toString('hex'))).size).toBeGreaterThan(1)
  })
})
