import { Notice } from '#ui'

/** A service that a mash-up uses, and who answers for it. */
export type Source = { readonly name: string; readonly source: 'real' | 'sandbox' | 'unset' }

/** Real and imitated services are told apart on the page of the mash-up that uses them, above all where both are used. */
export function Sources({ sources }: { readonly sources: readonly Source[] }) {
  const imitated = sources.filter((one) => one.source === 'sandbox').map((one) => one.name)
  const real = sources.filter((one) => one.source === 'real').map((one) => one.name)
  if (imitated.length === 0) return null
  return (
    <Notice id="sandbox-notice" tone={real.length > 0 ? 'warn' : 'info'}>
      <p>
        {list(imitated)} played by Trivet’s sandbox here
        {real.length > 0
          ? `, but ${list(real)} the real one.`
          : ': no real account is touched, and no password asked for.'}
      </p>
    </Notice>
  )
}

const AND = new Intl.ListFormat('en-GB')

/** "Google, Discord and The Cat API are", "Google is"; each once, however many of its accounts are used. */
function list(names: readonly string[]): string {
  const once = [...new Set(names)]
  return `${AND.format(once)} ${once.length === 1 ? 'is' : 'are'}`
}
