import { Transformer } from '@napi-rs/image'
import { expect, test } from 'vitest'
import { parseDimensions } from './dimensions.ts'
import { pictureName, sniffPicture } from './sniff.ts'

const drawn = () => Transformer.fromRgbaPixels(Buffer.alloc(321 * 123 * 4, 0xa0), 321, 123)
const gif = Buffer.from('R0lGODlhAwACAIAAAAAAAP///yH5BAEAAAAALAAAAAADAAIAAAIDRAIFADs=', 'base64')

test.each([
  ['image/png', () => drawn().png(), 321, 123],
  ['image/jpeg', () => drawn().jpeg(80), 321, 123],
  ['image/webp', () => drawn().webp(80), 321, 123],
  ['image/webp', () => drawn().webpLossless(), 321, 123],
  ['image/gif', async () => gif, 3, 2],
] as const)('%s: type and size are read from the header', async (type, make, width, height) => {
  const bytes = await make()
  expect(await sniffPicture(bytes)).toBe(type)
  expect(parseDimensions(type, bytes)).toEqual({ width, height })
})

test('the header of a WebP with features is the third kind (RFC 9649 §2.7)', () => {
  const bytes = Buffer.alloc(30)
  bytes.write('RIFF\0\0\0\0WEBPVP8X', 'latin1')
  bytes.writeUIntLE(4095, 24, 3)
  bytes.writeUIntLE(99, 27, 3)
  expect(parseDimensions('image/webp', bytes)).toEqual({ width: 4096, height: 100 })
})

test('a header that is cut short has no size, and ends', async () => {
  const jpeg = await drawn().jpeg(80)
  for (const length of [0, 1, 2, 3, 10, 20]) {
    expect(parseDimensions('image/jpeg', jpeg.subarray(0, length))).toBeUndefined()
    expect(parseDimensions('image/png', jpeg.subarray(0, length))).toBeUndefined()
    expect(parseDimensions('image/webp', jpeg.subarray(0, length))).toBeUndefined()
  }
  expect(parseDimensions('image/jpeg', Buffer.alloc(50_000, 0xff))).toBeUndefined()
})

test.each(['<html></html>', '<svg xmlns="http://www.w3.org/2000/svg"/>', '%PDF-1.7', 'PK\x03\x04', ''])(
  '%j is no picture',
  async (text) => {
    expect(await sniffPicture(Buffer.from(text))).toBeUndefined()
  },
)

test.each([
  ['Maine Coon', 'Maine Coon.jpg'],
  ['cat.png', 'cat.jpg'],
  ['cat.JPEG', 'cat.jpg'],
  ['St. Paul', 'St. Paul.jpg'],
])('%s becomes %s', (name, fitting) => {
  expect(pictureName(name, 'image/jpeg')).toBe(fitting)
})
