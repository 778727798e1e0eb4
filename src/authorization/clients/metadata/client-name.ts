import { metadataError } from './fields.ts'

const MOST_CHARACTERS = 100

/**
 * Format characters (bidi overrides, zero widths), private use, unassigned, and letters that are drawn as nothing, such
 * as the Hangul fillers; control characters are refused everywhere. Marks of that kind are left out of the skeleton.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}]|(?!\p{M})\p{Default_Ignorable_Code_Point}/u
/** Marks piled up until they cover the lines around them. */
const PILED_MARKS = /\p{M}{4,}/u

/**
 * A name that people will read on the consent page: NFKC, one line, nothing invisible.
 *
 * @param reservedNames of this product and of the providers, which an unverified client must not look like; undefined
 *   for clients that an administrator registers
 * @throws OAuthError
 */
export function readClientName(text: string, reservedNames: readonly string[] | undefined): string {
  const name = text.normalize('NFKC').replace(/\s+/g, ' ').trim()
  if (name === '' || name.length > MOST_CHARACTERS) {
    throw metadataError(`client_name has to have 1 to ${MOST_CHARACTERS} characters`)
  }
  if (UNPRINTABLE.test(name)) throw metadataError('client_name holds a character that cannot be seen')
  if (PILED_MARKS.test(name)) throw metadataError('client_name holds too many marks over one letter')
  const taken = reservedNames?.find((reserved) => looksLike(name, reserved))
  if (taken !== undefined) {
    throw metadataError(`client_name looks like ${taken}; only an administrator registers a client with that name`)
  }
  return name
}

/** Whether a name holds another, or something that people would read as it. */
function looksLike(name: string, reserved: string): boolean {
  const word = skeleton(reserved)
  return word !== '' && skeleton(name).includes(word)
}

/**
 * A short form of the skeletons of Unicode TR 39 §4: letters that look alike become one. `i`, `l` and `1` do, since
 * capitals and small letters are one here; Cyrillic, Greek, Armenian, Cherokee and Lisu letters and small capitals
 * become the Latin ones they look like.
 */
function skeleton(text: string): string {
  return [...text.normalize('NFKD').toLowerCase()]
    .map((letter) => TWINS.get(letter) ?? letter)
    .join('')
    .replaceAll('ꝏ', 'oo')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replaceAll('cl', 'd')
    .replace(/[^\p{L}\p{N}]/gu, '')
}

const ALIKE: Readonly<Record<string, string>> = {
  a: 'аɑα@4ᴀᎪꓮ',
  b: 'Ьв8ʙᏴꓐ',
  c: 'сϲⅽ¢ᴄᏟꓚ',
  d: 'ԁɗđᴅᎠꓓ',
  e: 'еєεҽ3€ёɛᴇᎬꓰ',
  f: 'ƒғ',
  g: 'ɡցɢ9ԍᏀꓖ',
  h: 'һհʜᎻꓧ',
  j: 'јʝ',
  k: 'кκ',
  l: 'i1|!ıіɩιӏℓłɨɪʟᏆᏞꓲꓡ',
  m: 'мɱ',
  n: 'пոηɴꓠ',
  o: '0оοօøσᴏꓳ',
  p: 'рρᴘᏢꓑ',
  q: 'ԛգ',
  r: 'гɾʀᎡꓣ',
  s: 'ѕ5$ʂꜱᏚꓢ',
  t: 'тτ7+ŧᴛᎢꓔ',
  u: 'υսцʋᴜꓴ',
  v: 'ѵνᴠᏙꓦ',
  w: 'ԝшω',
  x: 'хχ×',
  y: 'уүγʏꓬ',
  z: 'ᴢʐ2',
}
const TWINS: ReadonlyMap<string, string> = new Map(
  Object.entries(ALIKE).flatMap(([letter, twins]) => [...twins].map((twin) => [twin.toLowerCase(), letter])),
)
