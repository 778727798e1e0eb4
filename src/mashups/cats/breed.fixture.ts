import type { CatApi, ListedBreed } from '#apis'

export const BENGAL: ListedBreed = {
  id: 'beng',
  name: 'Bengal',
  temperament: ['Alert', 'Agile'],
  origin: 'United States',
  description: 'Bengals are a lot of fun to live with.',
  wikipedia: 'https://en.wikipedia.org/wiki/Bengal_cat',
  picture: { imageId: 'O3btzLlsO', url: 'https://cdn.example/O3btzLlsO.png', width: 1100, height: 739 },
}

export const ABYSSINIAN: ListedBreed = {
  id: 'abys',
  name: 'Abyssinian',
  temperament: [],
  origin: '',
  description: '',
}

/** A Cat API that knows these two breeds. */
export function catApiOf(more: Partial<CatApi> = {}): CatApi {
  return {
    breeds: async () => ({ source: 'api', breeds: [ABYSSINIAN, BENGAL] }),
    find: async () => {
      throw new Error('not asked for in this test')
    },
    pictureHosts: ['cdn.example:443'],
    ...more,
  }
}
