import { BREED_TABLE } from './breed-table.ts'
import { type Coat, parseCoat } from './drawing/index.ts'

const RATINGS = [
  'adaptability',
  'affection_level',
  'child_friendly',
  'dog_friendly',
  'energy_level',
  'grooming',
  'health_issues',
  'intelligence',
  'shedding_level',
  'social_needs',
  'stranger_friendly',
  'vocalisation',
]

const FLAGS = {
  i: 'indoor',
  l: 'lap',
  x: 'experimental',
  h: 'hairless',
  n: 'natural',
  r: 'rare',
  t: 'rex',
  b: 'suppressed_tail',
  s: 'short_legs',
  y: 'hypoallergenic',
}

export type Breed = {
  id: string
  name: string
  /** The fields of the wire format that are the same wherever the breed is shown (facts 3.4). */
  facts: Record<string, unknown>
  coat: Coat
  tailless: boolean
  shortLegs: boolean
}

const toPounds = (kilos: string) =>
  kilos
    .split(' - ')
    .map((kilo) => Math.round(Number(kilo) * 2.2046))
    .join(' - ')

function parseBreed(line: string): Breed {
  const [
    id = '',
    name = '',
    alt = '',
    origin,
    country,
    life,
    kilos = '',
    temperament,
    ratings = '',
    flags = '',
    coat = '',
    description,
  ] = line.split('|')
  return {
    id,
    name,
    facts: {
      weight: { imperial: toPounds(kilos), metric: kilos },
      id,
      name,
      temperament,
      origin,
      country_codes: country,
      country_code: country,
      description,
      life_span: life,
      alt_names: alt,
      ...Object.fromEntries(RATINGS.map((rating, i) => [rating, Number(ratings[i])])),
      ...Object.fromEntries(Object.entries(FLAGS).map(([letter, flag]) => [flag, flags.includes(letter) ? 1 : 0])),
      wikipedia_url: `https://en.wikipedia.org/wiki/${encodeURIComponent(name.replaceAll(' ', '_'))}`,
    },
    coat: parseCoat(coat),
    tailless: flags.includes('b'),
    shortLegs: flags.includes('s'),
  }
}

export function readBreeds(): Breed[] {
  return BREED_TABLE.trim().split('\n').map(parseBreed)
}
