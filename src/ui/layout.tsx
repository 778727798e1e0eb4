import { Mark } from './icons/mark.tsx'
import type { Children } from './jsx.ts'
import type { NavItem, PageContext } from './page-context.ts'

/**
 * Asks the browser to load the page again after some seconds. Only without JavaScript: the `<meta>` stands inside
 * `<noscript>`, because a page that reloads under a reader breaks WCAG 2.2.1, and islands do better.
 */
export type Refresh = { readonly seconds: number; readonly href?: string | undefined }

export type LayoutProps = {
  readonly page: PageContext
  /** Of the browser's tab: "… · Trivet" is added. */
  readonly title: string
  readonly description?: string | undefined
  /** A line over the whole width above the header, such as "Sandbox: no real account is touched". */
  readonly ribbon?: Children
  readonly refresh?: Refresh | undefined
  /** Names of the islands this page needs: `['copy-field']` loads `page.asset('copy-field.js')`. */
  readonly islands?: readonly string[] | undefined
  /** What just happened ("Disconnected from Google."), on top of the page and announced. */
  readonly status?: Children
  /** `narrow` for a single form such as sign-in; `wide` for consoles. */
  readonly width?: 'narrow' | 'normal' | 'wide' | undefined
  readonly children?: Children
}

/** The frame of every page: head, skip link, header with navigation, `<main id="main">`, footer. */
export function Layout(props: LayoutProps) {
  const { page, title, ribbon, status, width = 'normal' } = props
  return (
    <html lang="en">
      <Head {...props} title={title} />
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        {ribbon === undefined ? null : (
          <aside class="ribbon" aria-label="About this server">
            {ribbon}
          </aside>
        )}
        <Header page={page} />
        <main id="main" class={`main ${width}`} tabIndex={-1}>
          {status === undefined ? null : (
            <p class="status" role="status">
              {status}
            </p>
          )}
          {props.children}
        </main>
        <footer class="footer">
          <p>Trivet does things in your accounts with your say-so, and forgets them when you ask.</p>
          <a href={page.href('/privacy')}>What is asked, kept, and for how long</a>
        </footer>
      </body>
    </html>
  )
}

function Head({ page, title, description, refresh, islands = [] }: LayoutProps) {
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{title === 'Trivet' ? title : `${title} · Trivet`}</title>
      {description === undefined ? null : <meta name="description" content={description} />}
      <meta name="color-scheme" content="light dark" />
      <link rel="icon" type="image/svg+xml" href={page.asset('favicon.svg')} />
      <link rel="stylesheet" href={page.asset('style.css')} />
      {islands.map((island) => (
        <script key={island} type="module" src={page.asset(`${island}.js`)} />
      ))}
      {refresh === undefined ? null : (
        <noscript>
          <meta http-equiv="refresh" content={refreshContent(refresh)} />
        </noscript>
      )}
    </head>
  )
}

function refreshContent({ seconds, href }: Refresh): string {
  return href === undefined ? String(seconds) : `${seconds};url=${href}`
}

function Header({ page }: { readonly page: PageContext }) {
  const items: NavItem[] = [
    { href: page.href('/connections'), label: 'Connections' },
    { href: page.href('/runs'), label: 'Runs' },
    ...(page.nav ?? []),
  ]
  const here = page.path === undefined ? undefined : page.href(page.path)
  return (
    <header class="header">
      <a class="brand" href={page.href('/')} aria-current={here === page.href('/') ? 'page' : undefined}>
        <Mark />
        Trivet
      </a>
      {page.sandbox ? <span class="tag accent">sandbox</span> : null}
      <nav class="nav" aria-label="Main">
        {items.map(({ href, label }) => (
          <a key={href} href={href} aria-current={href === here ? 'page' : undefined}>
            {label}
          </a>
        ))}
      </nav>
    </header>
  )
}
