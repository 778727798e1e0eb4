import { Transformer } from '@napi-rs/image'
import { describe, expect, test } from 'vitest'
import { misbehave, request, startSandbox } from '../../testing/index.ts'

const ANA = 'avatars/1093847561029384757/5d1f0c7ab93e4486a2f7c05e81b6d394'
const ZOE = 'avatars/1172839405162738493/a_8c2e6f41d07b4f9fb5a3190e7cd26b58'
const get = (url: string, path: string) => request(`${url}/discord/cdn/${path}`)
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

describe('pictures (facts 1.8)', () => {
  test.each([
    [`${ANA}.png?size=256`, 'image/png', 256, 'png'],
    [`${ANA}.webp?size=64`, 'image/webp', 64, 'webp'],
    [`${ANA}.jpg`, 'image/jpeg', 128, 'jpeg'],
    [`${ZOE}.png?size=16`, 'image/png', 16, 'png'],
    [`${ZOE}.png?size=4096`, 'image/png', 512, 'png'],
    ['embed/avatars/5.png?size=16', 'image/png', 256, 'png'],
  ])('%s is %s of %i pixels', async (path, type, side, format) => {
    const { url } = await startSandbox()
    const response = await get(url, path)
    expect(response.headers.get('content-type')).toBe(type)
    expect(await new Transformer(await bytesOf(response)).metadata()).toMatchObject({
      width: side,
      height: side,
      format,
    })
  })

  test('one that moves is a GIF on request', async () => {
    const { url } = await startSandbox()
    const response = await get(url, `${ZOE}.gif?size=64`)
    expect(response.headers.get('content-type')).toBe('image/gif')
    const bytes = await bytesOf(response)
    expect(bytes.subarray(0, 6).toString('latin1')).toBe('GIF89a')
    expect([bytes.readUInt16LE(6), bytes.readUInt16LE(8)]).toEqual([64, 64])
  })

  test.each([
    ['a size that is no power of two', `${ANA}.png?size=100`, 400],
    ['a size too small', `${ANA}.png?size=8`, 400],
    ['a size too large', `${ANA}.png?size=8192`, 400],
    ['no number', `${ANA}.png?size=big`, 400],
    ['a GIF of a picture that stands still', `${ANA}.gif`, 415],
    ['an unknown format', `${ANA}.svg`, 415],
    ['somebody else’s hash', `${ANA.replace('1093847561029384757', '947382910563748291')}.png`, 404],
    ['somebody without a picture', 'avatars/947382910563748291/null.png', 404],
    ['somebody by another name than the id', `${ANA.replace('1093847561029384757', 'ana')}.png`, 404],
    ['a default picture there is not', 'embed/avatars/6.png', 404],
    ['a default picture in another format', 'embed/avatars/0.webp', 404],
  ])('%s', async (_name, path, status) => {
    const { url } = await startSandbox()
    expect((await get(url, path)).status).toBe(status)
  })

  test('the default pictures differ, and come without a User-Agent', async () => {
    const { url } = await startSandbox()
    const all = await Promise.all(
      [0, 1, 2, 3, 4, 5].map(async (n) => bytesOf(await get(url, `embed/avatars/${n}.png`))),
    )
    expect(new Set(all.map((bytes) => bytes.toString('base64'))).size).toBe(6)
  })

  test('can be missing on request', async () => {
    const { url } = await startSandbox()
    await misbehave(url, { provider: 'discord', on: 'profile.picture', kind: 'status', status: 404 })
    expect((await get(url, `${ANA}.png`)).status).toBe(404)
    expect((await get(url, `${ANA}.png`)).status).toBe(200)
  })
})
