const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** Where the sandbox is seen from outside: behind a proxy its address may carry another host and a path. */
export type Site = {
  /** Absolute address for browsers: issuer, pages, links that people follow. */
  url(path: string): string
  /** Absolute address for servers, past any proxy: pictures and upload sessions, which are fetched by whoever called us. */
  direct(path: string): string
  /** Path on whichever origin the page was opened at, for links and forms of our own pages. */
  path(path: string): string
  /** Whether the Host header names this machine or the base URL's host (anything else is DNS rebinding). */
  isOwnHost(host: string | undefined): boolean
  /** The request path without the base URL's path in front. */
  strip(url: string): string
}

/** Host name of a Host header or origin authority, without the port. */
function hostname(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase()
}

export function isLoopback(host: string | undefined): boolean {
  return host !== undefined && LOOPBACK.has(hostname(host))
}

/** @param base the address without a trailing slash; a function, since an ephemeral port is known only after listening */
export function createSite(base: () => string, own: () => string): Site {
  const prefix = () => new URL(base()).pathname.replace(/\/$/, '')
  return {
    url: (path) => base() + path,
    direct: (path) => own() + path,
    path: (path) => prefix() + path,
    isOwnHost: (host) => isLoopback(host) || (host !== undefined && hostname(host) === new URL(base()).hostname),
    strip(url) {
      const path = prefix()
      if (path === '' || !url.startsWith(path)) return url
      const rest = url.slice(path.length)
      if (rest === '' || rest.startsWith('?')) return `/${rest}`
      return rest.startsWith('/') ? rest : url
    },
  }
}
