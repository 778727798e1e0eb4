/** Fields of a Discord user that tell who it is (docs.discord.com/developers/resources/user). */
type DiscordUser = Readonly<Record<string, unknown>>

const MOST_SNOWFLAKE = 2n ** 64n
/** "a_" marks an animated picture. */
const HASH = /^(a_)?[\w-]{1,100}$/

/** A snowflake: up to 64 bits, so a text and never a number. Undefined for anything else. */
export function readSnowflake(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^(0|[1-9]\d{0,19})$/.test(value)) return undefined
  return BigInt(value) < MOST_SNOWFLAKE ? value : undefined
}

/**
 * The address of a user's picture, always a still PNG: an animated one has that as well (reference, "CDN endpoints").
 * Without a picture it is the default one, which has one size.
 *
 * @param base of the settings: `https://cdn.discordapp.com`
 * @param size a power of two from 16 to 4096, in pixels
 * @returns undefined when the user's id is none
 */
export function discordPicture(user: DiscordUser, base: string, size: number): string | undefined {
  const id = readSnowflake(user['id'])
  if (id === undefined) return undefined
  const { avatar } = user
  if (typeof avatar === 'string' && HASH.test(avatar)) return `${base}/avatars/${id}/${avatar}.png?size=${size}`
  return `${base}/embed/avatars/${defaultIndex(id, user['discriminator'])}.png`
}

/** By the id; for accounts that still have a four-digit discriminator, by that. */
function defaultIndex(id: string, discriminator: unknown): bigint {
  const isLegacy = typeof discriminator === 'string' && /^\d{4}$/.test(discriminator) && discriminator !== '0000'
  return isLegacy ? BigInt(discriminator) % 5n : (BigInt(id) >> 22n) % 6n
}
