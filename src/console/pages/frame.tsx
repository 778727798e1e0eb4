import { ButtonLink, type Children, Layout, Notice, type PageContext, PageHead, type VNode } from '#ui'

/** What every page of the console is given. */
export type Frame = {
  readonly page: PageContext
  /** What was just done. */
  readonly status?: string | undefined
  /** Where to confirm who one is, when a change would ask for that first. */
  readonly confirm: string | undefined
}

const SECTIONS = [
  { href: '/console', label: 'Overview' },
  { href: '/console/users', label: 'Users' },
  { href: '/console/clients', label: 'Apps' },
  { href: '/console/keys', label: 'Keys' },
  { href: '/console/registration-tokens', label: 'Registration tokens' },
  { href: '/console/routes', label: 'Routes' },
  { href: '/console/audit', label: 'Audit log' },
] as const

/** A page of the console: its sections, and what a change would ask for. */
export function ConsoleFrame(
  props: Frame & {
    readonly title: string
    readonly lead?: Children
    readonly aside?: Children
    readonly islands?: readonly string[]
    readonly children: Children
  },
): VNode {
  const { page, title, lead, aside, status, confirm, islands } = props
  return (
    <Layout page={page} title={`${title} · Console`} status={status} width="wide" islands={islands}>
      <nav class="row" aria-label="Console" id="console-sections">
        {SECTIONS.map(({ href, label }) => (
          <a key={href} href={page.href(href)} aria-current={page.path === href ? 'page' : undefined}>
            {page.path === href ? <strong>{label}</strong> : label}
          </a>
        ))}
      </nav>
      <PageHead title={title} lead={lead} aside={aside} />
      {confirm === undefined ? null : (
        <Notice id="confirm-first" heading="You can look, but not change">
          <p>Changes here need a sign-in that is younger than five minutes.</p>
          <p>
            <ButtonLink id="confirm" kind="quiet" href={page.href(confirm)}>
              Confirm that it is you
            </ButtonLink>
          </p>
        </Notice>
      )}
      {props.children}
    </Layout>
  )
}
