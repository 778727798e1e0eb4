import { createLimit } from '../limits/index.ts'
import { html } from '../pages/index.ts'
import type { Provider, Surroundings } from '../provider.ts'
import { registerRoutes } from './routes.ts'
import { openStyles } from './styles.ts'

const BEHAVIOURS = {
  script_in_svg: ['svg', 'json'],
  external_reference: ['svg', 'json'],
}

/** Of the public service (facts 4.2). */
const SVG_PER_SECOND = 50
const RASTER_PER_SECOND = 10

/** DiceBear's HTTP API on the library it is made of. */
export function createDiceBear(around: Surroundings): Provider {
  const { site, faults } = around
  const styles = openStyles()
  const limits = {
    svg: createLimit(around, 'dicebear.svg-limit', SVG_PER_SECOND),
    raster: createLimit(around, 'dicebear.raster-limit', RASTER_PER_SECOND),
  }
  return {
    id: 'dicebear',
    title: 'DiceBear',
    operations: ['styles', 'options', 'svg', 'png', 'json'],
    behaviours: BEHAVIOURS,
    refuse: (_operation, { status, reason }) => ({
      type: 'application/json; charset=utf-8',
      body: JSON.stringify({
        statusCode: status,
        error: reason === 'rate_limit' ? 'Too Many Requests' : 'Service Unavailable',
        message: reason === 'rate_limit' ? 'Too many requests' : 'Service Unavailable',
      }),
    }),
    routes: (app) => registerRoutes(app, { styles, faults, limits }),
    events: { limit: limits.svg.change },
    holdings: () => ({ svg: limits.svg.holdings(), raster: limits.raster.holdings() }),
    keeps: [],
    reset: async () => {
      limits.svg.forget()
      limits.raster.forget()
    },
    introduce:
      () => html`<h2>DiceBear</h2><p>The HTTP API, version 10, with ${styles.names.length} styles under <code>${site.url('/dicebear/10.x')}</code>. It draws with the same library as the real one.</p>
<p class="row"><a href="${site.path('/dicebear/10.x')}">Styles</a> <a href="${site.path('/dicebear/10.x/lorelei/svg')}?seed=Felix">An avatar</a></p>`,
  }
}
