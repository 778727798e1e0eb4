import type { Picture } from './pictures.ts'

export type Search = {
  breeds: readonly string[] | undefined
  mimeTypes: readonly string[] | undefined
  limit: number
  page: number
  order: 'RANDOM' | 'ASC' | 'DESC'
}

const list = (text: string | undefined) => {
  const items = text
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
  return items && items.length > 0 ? items : undefined
}

function whole(text: string | undefined, fallback: number, most: number): number {
  const value = Number(text)
  return text !== undefined && Number.isInteger(value) && value >= 0 ? Math.min(value, most) : fallback
}

/** Reads the query of /images/search; the service corrects strange values instead of refusing them (facts 3.2). */
export function parseSearch(query: Record<string, string | undefined>, keyed: boolean): Search {
  const { order } = query
  return {
    breeds: list(query['breed_ids']),
    mimeTypes: list(query['mime_types']),
    limit: Math.max(1, whole(query['limit'], 1, keyed ? 100 : 10)),
    page: whole(query['page'], 0, 1_000_000),
    order: keyed && (order === 'ASC' || order === 'DESC') ? order : 'RANDOM',
  }
}

function shuffle<T>(items: readonly T[], random: (bytes: number) => Buffer): T[] {
  return items
    .map((item) => ({ item, place: random(6).readUIntBE(0, 6) }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

/** The pictures that answer a search, and how many there are in all. An unknown breed simply has none. */
export function findPictures(pictures: readonly Picture[], search: Search, random: (bytes: number) => Buffer) {
  const { breeds, mimeTypes, limit, page, order } = search
  const found = pictures.filter(
    ({ breed, extension }) => (!breeds || breeds.includes(breed.id)) && (!mimeTypes || mimeTypes.includes(extension)),
  )
  if (order === 'RANDOM') return { total: found.length, chosen: shuffle(found, random).slice(0, limit) }
  const sorted = found.sort((a, b) => (a.id < b.id ? -1 : 1) * (order === 'ASC' ? 1 : -1))
  return { total: found.length, chosen: sorted.slice(page * limit, (page + 1) * limit) }
}
