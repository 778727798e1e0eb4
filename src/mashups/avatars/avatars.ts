import { type Avatar, diceBear, discord } from '#apis'
import { Failure, formatBytes } from '#base'
import { pictureCache } from '#pictures'
import { mashup, textField } from '#runs'
import { AvatarPreview } from './avatar-preview.tsx'
import { colorField } from './color-field.tsx'
import { moodField, wrongMood } from './mood-field.tsx'
import type { AvatarResult } from './result.ts'
import { styleField } from './style-field.tsx'

const MOST_SVG_BYTES = 1_000_000

/** Discord to DiceBear: an avatar drawn from the person's Discord name, or from any other words. */
export default mashup('avatars', {
  title: 'An avatar drawn for you',
  summary: 'Choose a style, get an avatar drawn from your Discord name, as SVG and PNG.',
  path: '/avatars',
  action: 'get_avatar',
  rootAction: true,
  resultPage: '/avatars/show_avatar',
  islands: ['choices-search', 'avatar-preview'],
  submit: 'Draw my avatar',
  running: 'Drawing your avatar',
  again: 'Draw another one',
  form: {
    seed: textField({
      label: 'Drawn from',
      hint: 'Any words: the same ones always give the same avatar. Left empty, your Discord name is taken.',
      optional: true,
    }),
    background_color: colorField({
      label: 'Background colour',
      hint: 'Six hex digits, such as b6e3f4; empty for none.',
    }),
    mood: moodField({ label: 'Mood', hint: 'Not every style has moods: its card says which.' }),
    style: styleField({ label: 'Style', hint: 'All of the same words, so that you see the difference.' }),
  },
  connect: {
    discord: discord({ scopes: ['identify'], why: 'to draw from your name and show your picture beside it' }),
  },
  use: { artist: diceBear(), pictures: pictureCache() },
  steps: ['Read your Discord profile', 'Fetch your Discord picture', 'Draw the avatar'],
  check: async ({ style, mood }, services) => ({ mood: await wrongMood(services, { style, mood }) }),
  beside: AvatarPreview,

  async run({ input, discord, artist, pictures, step }) {
    const profile = await step('Read your Discord profile', async ({ signal, say }) => {
      const me = await discord.me({ signal })
      say(`${me.name}, @${me.username}`)
      return me
    })
    const picture = await step('Fetch your Discord picture', async ({ files, signal, say }) => {
      try {
        const { url, hosts } = profile.picture
        const { file, fromCache } = await pictures.into({ ...files, name: profile.username }, { url, hosts, signal })
        say(`${formatBytes(file.size)}, ${fromCache ? 'from the cache' : 'downloaded'}`)
        return file
      } catch (error) {
        // The avatar does not depend on it: a picture that was just changed is nowhere for a moment.
        if (!(error instanceof Failure) || error.data.kind === 'cancelled') throw error
        say('it cannot be had just now')
        return null
      }
    })
    const drawn = await step('Draw the avatar', async ({ files, signal, say }) => {
      const wanted: Avatar = {
        seed: input.seed || profile.name,
        style: input.style,
        ...(input.background_color ? { backgroundColor: input.background_color } : {}),
        ...(input.mood ? { mood: input.mood } : {}),
      }
      const { svg, by, host, why } = await artist.draw(wanted, { signal })
      const file = await files.write({
        name: `avatar-${input.style}.svg`,
        type: 'image/svg+xml',
        source: Buffer.from(svg),
        maxBytes: MOST_SVG_BYTES,
      })
      say([by === 'http' ? `drawn by ${host}` : 'drawn here by the DiceBear library', why].filter(Boolean).join('. '))
      return { file, avatar: wanted }
    })
    const data: AvatarResult = { ...drawn, profile, picture }
    return {
      title: `An avatar for ${profile.name}`,
      table: [
        { name: 'Drawn from', value: drawn.avatar.seed },
        { name: 'Style', value: input.style },
      ],
      file: drawn.file,
      data,
    }
  },
})
