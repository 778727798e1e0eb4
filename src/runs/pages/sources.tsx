import { Notice } from '#ui'
import type { Need } from '../needs.ts'

/** Real and imitated providers are told apart on the page of the mash-up that uses them. */
export function Sources({ needs }: { readonly needs: readonly Need[] }) {
  const imitated = needs.filter((need) => need.source === 'sandbox')
  if (imitated.length === 0) return null
  return (
    <Notice id="sandbox-notice">
      <p>
        {imitated.map((need) => need.providerName).join(' and ')} {imitated.length === 1 ? 'is' : 'are'} played by
        Trivet’s sandbox here: no real account is touched, and no password asked for.
      </p>
    </Notice>
  )
}
