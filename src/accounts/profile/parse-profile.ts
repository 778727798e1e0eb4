import { parseEmail } from '../names/email.ts'
import { ADDRESS_TEXTS, type AddressText, PROFILE_TEXTS, type Profile, type ProfileText } from './profile.ts'

/** What was typed, by the names of the form: claims, members of the address as `address.locality`, and `email`. */
export type ProfileFields = Readonly<Record<string, string>>

export type ParsedProfile =
  | { readonly profile: Profile; readonly email: string | undefined }
  | { readonly errors: readonly { readonly field: string; readonly message: string }[] }

const MOST_CHARACTERS = 200
const MOST_ADDRESS = 500

/** The fields of the form, in its order. */
export const PROFILE_FIELDS = [
  'email',
  ...PROFILE_TEXTS,
  ...ADDRESS_TEXTS.map((name) => `address.${name}` as const),
] as const

/**
 * Reads these fields and no others: whoever sends `email_verified`, `is_admin` or `sub` along has sent nothing
 * (mass assignment, CVE-2026-27946). An empty field takes the claim away.
 */
export function parseProfile(fields: ProfileFields): ParsedProfile {
  const errors: { field: string; message: string }[] = []
  const read = (field: string, check: (text: string) => string | undefined, wrong: string) => {
    const text = (fields[field] ?? '').trim()
    if (text === '') return undefined
    const good = check(text)
    if (good === undefined) errors.push({ field, message: wrong })
    return good
  }

  const texts: Partial<Record<ProfileText, string>> = {}
  for (const name of PROFILE_TEXTS) {
    const { check, wrong } = CHECKS[name] ?? LINE
    const value = read(name, check, wrong)
    if (value !== undefined) texts[name] = value
  }
  const address: Partial<Record<AddressText, string>> = {}
  for (const name of ADDRESS_TEXTS) {
    const { check, wrong } = name === 'street_address' ? LINES : LINE
    const value = read(`address.${name}`, check, wrong)
    if (value !== undefined) address[name] = value
  }
  const email = read('email', parseEmail, 'Write one e-mail address, such as ana@example.com.')
  if (errors.length > 0) return { errors }
  return { profile: Object.keys(address).length === 0 ? texts : { ...texts, address }, email }
}

type Check = { readonly check: (text: string) => string | undefined; readonly wrong: string }

/** No line breaks: the text goes into mail and headers of apps (security §11.8). */
const LINE: Check = {
  check: (text) => (text.length <= MOST_CHARACTERS && !/\p{Cc}|[\u2028\u2029]/u.test(text) ? text : undefined),
  wrong: `At most ${MOST_CHARACTERS} characters, in one line.`,
}

const LINES: Check = {
  check(text) {
    const lines = text.replace(/\r\n?/g, '\n')
    return lines.length <= MOST_ADDRESS && !/[^\P{Cc}\n]/u.test(lines) ? lines : undefined
  },
  wrong: `At most ${MOST_ADDRESS} characters.`,
}

/** Only the web: apps put these into links. */
const WEB_ADDRESS: Check = {
  check(text) {
    const url = text.length <= 2000 && URL.canParse(text) ? new URL(text) : undefined
    const isWeb = url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
    return isWeb ? url.href : undefined
  },
  wrong: 'Write a whole address that begins with https:// or http://.',
}

const CHECKS: Readonly<Partial<Record<ProfileText, Check>>> = {
  profile: WEB_ADDRESS,
  picture: WEB_ADDRESS,
  website: WEB_ADDRESS,
  birthdate: { check: readBirthdate, wrong: 'Write the date as 1990-12-31, 0000-12-31 without the year, or 1990.' },
  zoneinfo: { check: readZone, wrong: 'Write a time zone by its name in the tz database, such as Europe/Paris.' },
  locale: { check: readLocale, wrong: 'Write a language tag, such as en-GB or fr.' },
  phone_number: { check: readPhone, wrong: 'Write the number with its country code, such as +33 1 23 45 67 89.' },
}

/** Core §5.1: ISO 8601-1 `YYYY-MM-DD`; the year may be 0000; `YYYY` alone is allowed. */
function readBirthdate(text: string): string | undefined {
  if (/^\d{4}$/.test(text)) return text === '0000' ? undefined : text
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []
  // A year that nobody told may have been a leap year.
  const date = new Date(`${year === '0000' ? '2000' : year}-${month}-${day}T00:00:00Z`)
  return date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day) ? text : undefined
}

function readZone(text: string): string | undefined {
  if (!/^[A-Za-z][\w+-]*(\/[\w+-]+)*$/.test(text)) return undefined
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return text
  } catch {
    return undefined
  }
}

function readLocale(text: string): string | undefined {
  try {
    return text.length <= 50 ? Intl.getCanonicalLocales(text.replaceAll('_', '-'))[0] : undefined
  } catch {
    return undefined
  }
}

/** E.164 has 15 digits; with what people put between them, and an extension. */
const MOST_PHONE = 64

/** Core §5.1: E.164, and an extension as RFC 3966 writes it. */
function readPhone(text: string): string | undefined {
  // The pattern goes back over spaces for each space: 60,000 of them would hold up the whole server for seconds.
  if (text.length > MOST_PHONE) return undefined
  const [, number = '', extension] = /^([+\d\s().-]+?)(?:\s*;ext=(\d{1,11}))?$/.exec(text) ?? []
  const digits = number.replace(/[\s().-]/g, '')
  if (!/^\+[1-9]\d{3,14}$/.test(digits)) return undefined
  return extension === undefined ? digits : `${digits};ext=${extension}`
}
