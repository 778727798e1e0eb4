/** What a page knows about the request it answers; made once per request by the room that answers. */
export type PageContext = {
  /** Final URL of a built asset by its plain name: `asset('style.css')`. Throws on an unknown name. */
  readonly asset: (name: string) => string
  /** Final URL of a path of this product: `href('/runs')`, with the base path where there is one; what is no path stays. */
  readonly href: (path: string) => string
  /** Some provider on this server is played by the sandbox: the header says so. */
  readonly sandbox: boolean
  /** The CSRF token that every form carries. */
  readonly csrf: string
  /** Path of the page shown (`/runs`), so that the navigation marks where one is. */
  readonly path?: string | undefined
  /** Sign-in state, at the end of the navigation: `[{ href: page.href('/login'), label: 'Sign in' }]`. */
  readonly nav?: readonly NavItem[] | undefined
}

/** An entry of the navigation. */
export type NavItem = { readonly href: string; readonly label: string }
