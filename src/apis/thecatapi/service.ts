import type { CatApi } from './cat-api.ts'

/** The Cat API for a mash-up's `use`: the server's own client, with the server's key. */
export function catApi(): { readonly service: 'thecatapi'; readonly type?: CatApi } {
  return { service: 'thecatapi' }
}
