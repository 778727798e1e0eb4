import type { PageContext } from '#ui'
import type { Client } from '../clients/client.ts'

const PIXELS = 48

/** The logo of an application, if it has one; its name stands beside it. One that cannot be had takes no place. */
export function ClientLogo({ page, client }: { readonly page: PageContext; readonly client: Client }) {
  if (client.metadata.logo_uri === undefined) return null
  const address = page.href(`/client-logo?${new URLSearchParams({ client_id: client.id })}`)
  return <img src={address} alt="" width={PIXELS} height={PIXELS} />
}
