import type { Face } from '../oauth/pages.ts'
import type { Site } from '../site.ts'

/** Somebody who has an account at Sandbox Discord. */
export type Persona = {
  /** Of the login page's button. */
  id: string
  /** The account: 64 bits in decimal, more than a JavaScript number holds. */
  snowflake: string
  username: string
  globalName: string | null
  /** Hash of the picture, `a_` in front when it moves; null: a default picture. */
  avatar: string | null
  email: string
  verified: boolean
  /** Behind the animal of the picture. */
  colour: string
  /** Of the animal of the picture. */
  fur: string
}

export const PERSONAS: readonly Persona[] = [
  {
    id: 'ana',
    snowflake: '1093847561029384757',
    username: 'ana.alves',
    globalName: 'Ana Alves',
    avatar: '5d1f0c7ab93e4486a2f7c05e81b6d394',
    email: 'ana@example.com',
    verified: true,
    colour: '#7d5ba6',
    fur: '#a87b52',
  },
  {
    id: 'bob',
    snowflake: '947382910563748291',
    username: 'bob_berg',
    globalName: null,
    avatar: null,
    email: 'bob@example.com',
    verified: true,
    colour: '#3b6ea5',
    fur: '#8a8f99',
  },
  {
    id: 'zoe',
    snowflake: '1172839405162738493',
    username: 'zoe.fox',
    // What a person may really type: markup, quotes, two directions of writing, an emoji.
    globalName: '<b>Zoë</b> "&" مرحبا 🦊',
    avatar: 'a_8c2e6f41d07b4f9fb5a3190e7cd26b58',
    email: 'zoe@example.com',
    verified: false,
    colour: '#c8643c',
    fur: '#e8833a',
  },
]

/** By any name that is theirs alone. */
export function findPersona(account: string | undefined): Persona | undefined {
  return PERSONAS.find(
    ({ id, snowflake, username, email }) => account !== undefined && [id, snowflake, username, email].includes(account),
  )
}

/** Discord's rule for accounts without a picture (developers/reference, CDN formatting). */
const defaultPicture = (snowflake: string) => Number((BigInt(snowflake) >> 22n) % 6n)

export function picturePath({ snowflake, avatar }: Persona): string {
  return avatar === null
    ? `/discord/cdn/embed/avatars/${defaultPicture(snowflake)}.png`
    : `/discord/cdn/avatars/${snowflake}/${avatar}.png`
}

export const faceOf = (site: Site, persona: Persona): Face => ({
  id: persona.id,
  name: persona.globalName ?? persona.username,
  detail: persona.username,
  picture: site.path(`${picturePath(persona)}?size=128`),
})
