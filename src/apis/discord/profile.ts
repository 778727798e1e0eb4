import { z } from 'zod'
import { discordPicture, readName, readSnowflake } from '#connections'

/** `GET /users/@me` with the scope `identify` (docs.discord.com/developers/resources/user); ids are never numbers. */
const userSchema = z.object({
  id: z.string().refine((id) => readSnowflake(id) !== undefined, 'not a snowflake'),
  username: z.string(),
  discriminator: z.string().optional(),
  global_name: z.string().nullish(),
  avatar: z.string().nullish(),
})

/** Somebody at Discord. Names are cleaned; they are still what somebody wrote, and not unique. */
export type DiscordProfile = {
  /** A snowflake: 64 bits, as a text. */
  readonly id: string
  readonly username: string
  /** The display name, or the user name where there is none. */
  readonly name: string
  /** A still PNG, the default one where there is no picture, and the only hosts it may be fetched from. */
  readonly picture: { readonly url: string; readonly hosts: readonly string[] }
}

/** Pixels. */
const PICTURE_SIZE = 256

/** @throws z.ZodError */
export function parseProfile(
  json: unknown,
  pictures: { readonly url: string; readonly hosts: readonly string[] },
): DiscordProfile {
  const user = userSchema.parse(json)
  const username = readName(user.username) || `user ${user.id.slice(-4)}`
  return {
    id: user.id,
    username,
    name: readName(user.global_name ?? '') || username,
    picture: {
      url: discordPicture(user, pictures.url, PICTURE_SIZE) ?? '',
      hosts: pictures.hosts,
    },
  }
}
