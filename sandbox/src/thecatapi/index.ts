import { html } from '../pages/index.ts'
import type { Provider, Surroundings } from '../provider.ts'
import { readBreeds } from './breeds.ts'
import { createGallery, listPictures } from './pictures.ts'
import { registerRoutes } from './routes.ts'

const BEHAVIOURS = {
  no_pictures: ['images.search', 'breeds'],
  wrong_breed: ['images.search'],
  not_an_image: ['picture'],
  huge: ['picture'],
}

/** The Cat API with drawn cats. */
export function createTheCatApi(around: Surroundings): Provider {
  const breeds = readBreeds()
  const pictures = listPictures(breeds)
  const gallery = createGallery(around.dir)
  const { site } = around
  return {
    id: 'thecatapi',
    title: 'The Cat API',
    operations: ['breeds', 'images.search', 'images.get', 'picture'],
    behaviours: BEHAVIOURS,
    refuse: (_operation, { status, reason }) => ({
      type: 'text/plain; charset=utf-8',
      body: reason === 'rate_limit' ? 'RATE_LIMIT - too many requests, try again later' : `SERVICE_ERROR ${status}`,
    }),
    routes: (app) => registerRoutes(app, { ...around, breeds, pictures, gallery }),
    keeps: [],
    introduce:
      () => html`<h2>The Cat API</h2><p>${breeds.length} breeds and ${pictures.length} drawn pictures under <code>${site.url('/thecatapi/v1')}</code>; any key will do, and without one there is less to see.</p>
<p class="row"><a href="${site.path('/thecatapi/v1/breeds')}">Breeds</a> <a href="${site.path('/thecatapi/v1/images/search')}?breed_ids=beng&amp;format=src">A Bengal</a></p>`,
  }
}
