import { describe, expect, it } from 'vitest'
import { discordPicture, readSnowflake } from './discord-account.ts'

const CDN = 'https://cdn.discordapp.com'
const ID = '80351110224678912'
const picture = (user: Record<string, unknown>) => discordPicture({ id: ID, ...user }, CDN, 128)

describe('a snowflake', () => {
  it.each(['0', '1', ID, '18446744073709551615'])('is a text of up to 64 bits: %s', (id) => {
    expect(readSnowflake(id)).toBe(id)
  })
  it.each([Number(ID), '', '01', '-1', '1.5', '1e5', ' 1', '١٢', '18446744073709551616', null, {}, ['1']])(
    'is nothing else: %j',
    (id) => expect(readSnowflake(id)).toBeUndefined(),
  )
})

describe('a picture (reference, "CDN endpoints")', () => {
  it('is a PNG of the size that is asked for', () => {
    expect(picture({ avatar: 'f'.repeat(32) })).toBe(`${CDN}/avatars/${ID}/${'f'.repeat(32)}.png?size=128`)
  })

  it('is the still one of an animated picture', () => {
    expect(picture({ avatar: `a_${'f'.repeat(32)}` })).toBe(`${CDN}/avatars/${ID}/a_${'f'.repeat(32)}.png?size=128`)
  })

  it.each<[string, Record<string, unknown>, number]>([
    // Discord's own example of a snowflake: its time is 41944705796.
    ['by the id, beyond what a number holds', { id: '175928847299117063' }, 2],
    ['by the id with discriminator 0', { id: ID, discriminator: '0' }, 5],
    ['by the discriminator of old accounts', { id: ID, discriminator: '1337' }, 2],
    ['by the largest id', { id: '18446744073709551615', avatar: null }, 3],
  ])('is a default one where there is none, %s', (_what, user, index) => {
    expect(picture(user)).toBe(`${CDN}/embed/avatars/${index}.png`)
  })

  it.each(['../../evil', 'x?y', 'a/b', '', 7, 'a'.repeat(200)])('never takes a hash that is none: %j', (avatar) => {
    expect(picture({ avatar })).toMatch(/\/embed\/avatars\/\d\.png$/)
  })

  it('is none of a user whose id is none', () => expect(picture({ id: '../..' })).toBeUndefined())
})
