import type { Pictures } from './pictures.ts'

/** The picture cache for a mash-up's `use`. */
export function pictureCache(): { readonly service: 'pictures'; readonly type?: Pictures } {
  return { service: 'pictures' }
}
