import { expect, it } from 'vitest'
import type { DiceBear, DiscordProfile, MashupDiscord } from '#apis'
import { Failure } from '#base'
import type { Pictures } from '#pictures'
import { readForm, type StepContext } from '#runs'
import avatars from './avatars.ts'
import { artistOf } from './dicebear.fixture.ts'

const FILE = { id: 'f-1', name: 'ana.png', type: 'image/png', size: 2000, sha256: 'ab' }
const PICTURE = { url: 'https://cdn.example/avatars/1/2.png?size=256', hosts: ['cdn.example:443'] }
const PROFILE: DiscordProfile = { id: '80351110224678912', username: 'ana.b', name: 'Ana 🦊', picture: PICTURE }

type Doings = { input?: Record<string, string>; draw?: DiceBear['draw']; into?: () => Promise<never> }

/** Does the mash-up with clients that note what they are asked. */
async function perform({ input = {}, draw, into }: Doings = {}) {
  const asked: unknown[] = []
  const steps: { name: string; said: string[]; value: unknown }[] = []
  const { signal } = new AbortController()
  const written: { name: string; type: string; text: string }[] = []

  async function step(name: string, work: (context: StepContext) => unknown): Promise<unknown> {
    const told = { name, said: [] as string[], value: undefined as unknown }
    steps.push(told)
    told.value = await work({
      key: `r-1:${name}`,
      attempt: 1,
      signal,
      files: {
        ownerId: 'o-1',
        runId: 'r-1',
        write: async ({ name: fileName, type, source }) => {
          written.push({ name: fileName, type, text: String(source) })
          return { ...FILE, id: 'f-2', name: fileName, type }
        },
      },
      progress: () => undefined,
      say: (text) => void told.said.push(text),
    })
    return told.value
  }
  const discord: MashupDiscord = {
    accountName: 'Ana',
    me: async (options) => {
      asked.push(['me', options?.signal === signal])
      return PROFILE
    },
  }
  const pictures: Pick<Pictures, 'into'> = {
    into: async ({ ownerId, runId, name }, { url, hosts, signal: given }) => {
      asked.push(['into', { ownerId, runId, name }, url, hosts, given === signal])
      await into?.()
      return { file: FILE, fromCache: true, width: 256, height: 256 }
    },
  }
  const artist = artistOf({
    draw: async (avatar, options) => {
      asked.push(['draw', avatar, options?.signal === signal])
      return draw ? draw(avatar) : { svg: '<svg/>', by: 'here' }
    },
  })
  const typed = { seed: '', style: 'lorelei', background_color: '', mood: '', ...input }
  const result = await avatars.run({ input: typed, discord, artist, pictures, step })
  return { asked, steps, result, written }
}

it('reads the profile, fetches its picture, draws: in this order, and keeps the drawing as a file of the run', async () => {
  const { asked, written, steps } = await perform({
    input: { seed: 'fox', background_color: 'b6e3f4', mood: 'happy' },
  })
  expect(asked).toEqual([
    ['me', true],
    ['into', { ownerId: 'o-1', runId: 'r-1', name: 'ana.b' }, PICTURE.url, PICTURE.hosts, true],
    ['draw', { seed: 'fox', style: 'lorelei', backgroundColor: 'b6e3f4', mood: 'happy' }, true],
  ])
  expect(written).toEqual([{ name: 'avatar-lorelei.svg', type: 'image/svg+xml', text: '<svg/>' }])
  expect(steps.map(({ name }) => name)).toEqual(avatars.steps)
})

it('without words of one’s own it is drawn from the Discord name', async () => {
  const { asked, result } = await perform()
  expect(asked.at(-1)).toMatchObject(['draw', { seed: 'Ana 🦊', style: 'lorelei' }, true])
  expect(result.data).toMatchObject({ avatar: { seed: 'Ana 🦊' }, profile: PROFILE, picture: FILE })
})

it('its steps say what came of them: who, from where, and who drew it', async () => {
  const { steps } = await perform()
  expect(steps.map(({ said }) => said)).toEqual([
    ['Ana 🦊, @ana.b'],
    ['2.0 kB, from the cache'],
    ['drawn here by the DiceBear library'],
  ])
  const byHttp = await perform({ draw: async () => ({ svg: '<svg/>', by: 'http', host: 'dice.example' }) })
  expect(byHttp.steps.at(-1)?.said).toEqual(['drawn by dice.example'])
  const instead = await perform({ draw: async () => ({ svg: '<svg/>', by: 'here', why: 'dice.example is down' }) })
  expect(instead.steps.at(-1)?.said).toEqual(['drawn here by the DiceBear library. dice.example is down'])
})

it('a profile picture that cannot be had is no reason to fail; a cancelled run is', async () => {
  const failing = (kind: 'refused' | 'cancelled') => async () => {
    throw new Failure({ kind, code: 'x', message: 'No.' })
  }
  const { result, steps } = await perform({ into: failing('refused') })
  expect(result.data).toMatchObject({ picture: null })
  expect(steps[1]?.said).toEqual(['it cannot be had just now'])
  await expect(perform({ into: failing('cancelled') })).rejects.toThrow(Failure)
})

it('what the steps give back is data, so that it can be kept between them', async () => {
  for (const { value } of (await perform()).steps) expect(JSON.parse(JSON.stringify(value))).toStrictEqual(value)
})

it('asks Discord for nothing but who it is', () => {
  expect(avatars.connect).toMatchObject({ discord: { provider: 'discord', scopes: ['identify'] } })
  expect([avatars.path, avatars.action, avatars.resultPage, avatars.rootAction]).toEqual([
    '/avatars',
    'get_avatar',
    '/avatars/show_avatar',
    true,
  ])
})

const services = () => artistOf()
const read = (texts: Record<string, string>) => readForm(avatars, texts, services)

it.each([
  [{}, { seed: '', style: 'lorelei', background_color: '', mood: '' }],
  [{ background_color: '#B6E3F4' }, { background_color: 'b6e3f4' }],
  [{ style: 'rings' }, { style: 'rings' }],
  [{ mood: 'Happy' }, { mood: 'happy' }],
  [{ seed: ' 🦊 مرحبا <b>"&' }, { seed: '🦊 مرحبا <b>"&' }],
])('takes %j', async (texts, input) => {
  expect(await read(texts)).toMatchObject({ ok: true, input })
})

it.each([
  [{ style: 'no-such' }, { style: 'There is no style called “no-such”. Choose one of the pictures.' }],
  [{ style: '../lorelei' }, { style: expect.stringContaining('There is no style') }],
  [{ style: '' }, { style: expect.stringContaining('There is no style') }],
  [{ background_color: 'red' }, { background_color: expect.stringContaining('no colour') }],
  [{ background_color: 'fff' }, { background_color: expect.stringContaining('no colour') }],
  [{ background_color: 'transparent' }, { background_color: expect.stringContaining('no colour') }],
  [{ mood: 'furious' }, { mood: 'There is no mood of that name. There are: happy, sad.' }],
  [{ style: 'rings', mood: 'sad' }, { mood: 'Rings has no moods: choose “as it comes”, or another style.' }],
  [{ seed: 'x'.repeat(10_240) }, { seed: 'Drawn from: at most 200 characters, and these are 10240.' }],
])('refuses %j with what to do, beside the field', async (texts, errors) => {
  expect(await read(texts)).toEqual({ ok: false, errors })
})
