import type { Accounts } from '#accounts'
import type { Csrf } from '#http'
import type { Pages } from '#ui'
import type { FlowDeps } from '../flow/deps.ts'

/** What the pages of the flow share. */
export type PageDeps = {
  readonly flow: FlowDeps
  readonly accounts: Pick<Accounts, 'bearerUser'>
  readonly csrf: Csrf
  readonly pages: Pages
}
