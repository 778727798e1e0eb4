import { createWindow } from '../limits/window.ts'
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
export function createDiceBear({ site, faults, now }: Surroundings): Provider {
  const styles = openStyles()
  const windows = {
    svg: createWindow(now, () => SVG_PER_SECOND),
    raster: createWindow(now, () => RASTER_PER_SECOND),
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
    routes: (app) => registerRoutes(app, { styles, faults, windows }),
    holdings: () => ({ svg: windows.svg.counts(), raster: windows.raster.counts() }),
    keeps: [],
    reset: async () => {
      windows.svg.forget()
      windows.raster.forget()
    },
    introduce:
      () => html`<h2>DiceBear</h2><p>The HTTP API, version 10, with ${styles.names.length} styles under <code>${site.url('/dicebear/10.x')}</code>. It draws with the same library as the real one.</p>
<p class="row"><a href="${site.path('/dicebear/10.x')}">Styles</a> <a href="${site.path('/dicebear/10.x/lorelei/svg')}?seed=Felix">An avatar</a></p>`,
  }
}
