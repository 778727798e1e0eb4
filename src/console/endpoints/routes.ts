import type { ConsoleDeps } from '../deps.ts'
import type { ConsolePages } from '../gate/console-pages.ts'
import { routesPage } from '../pages/routes-page.tsx'

/** `GET /console/routes`: what is in force, to look at. It is changed in the file. */
export function routeRoutes(pages: ConsolePages, { pages: made, gateway }: ConsoleDeps): void {
  pages.get('/console/routes', async ({ reply, page }) =>
    made.send(
      reply,
      routesPage({
        ...{ page, routes: gateway.routesNow() },
        ...{ problems: gateway.problems(), warnings: gateway.warnings() },
      }),
    ),
  )
}
