import { apiFailure } from '../errors.ts'
import type { Avatar, AvatarStyle } from './avatar.ts'
import { type MoodOptions, moodOptions } from './moods.ts'

/** Options of DiceBear 10.x, for its library as for the query of its HTTP API. */
export type DrawOptions = { readonly seed: string; readonly backgroundColor?: string } & MoodOptions

/** Characters, beyond which DiceBear refuses a seed, here as over HTTP. */
const LONGEST_SEED = 1024

/**
 * What to ask DiceBear for. Everything is checked here, because DiceBear leaves out what it does not know: over HTTP
 * any unknown option, and everywhere a variant that the style lacks.
 *
 * @throws Failure `avatar_style_unknown`, `avatar_color_invalid`, `avatar_mood_unknown`, `avatar_seed_too_long`
 */
export function readOptions(avatar: Avatar, styles: readonly AvatarStyle[]): DrawOptions {
  const style = styles.find(({ id }) => id === avatar.style)
  if (!style) {
    throw apiFailure('avatar_style_unknown', 'There is no such avatar style. Choose one of the list.')
  }
  const { backgroundColor, mood } = avatar
  if (backgroundColor !== undefined && !/^[0-9a-f]{6}$/.test(backgroundColor)) {
    const message = 'The background colour is not one. Write six digits from 0 to f, such as ffd5dc.'
    throw apiFailure('avatar_color_invalid', message)
  }
  if (mood !== undefined && !style.moods.includes(mood)) {
    const has = style.moods.length === 0 ? 'It has none' : `It has: ${style.moods.join(', ')}`
    throw apiFailure('avatar_mood_unknown', `The style ${style.name} does not have this mood. ${has}.`)
  }
  if ([...avatar.seed].length > LONGEST_SEED) {
    const message = `The seed is longer than DiceBear takes. Shorten it to ${LONGEST_SEED} characters.`
    throw apiFailure('avatar_seed_too_long', message)
  }
  return {
    // A lone surrogate is no character, and no URL can carry it.
    seed: avatar.seed.toWellFormed(),
    ...(backgroundColor === undefined ? {} : { backgroundColor }),
    ...(mood === undefined ? {} : moodOptions(style.id, mood)),
  }
}
