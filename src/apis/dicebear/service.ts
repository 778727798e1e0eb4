import type { DiceBear } from './dice-bear.ts'

/** DiceBear for a mash-up's `use`: the server's own client. */
export function diceBear(): { readonly service: 'dicebear'; readonly type?: DiceBear } {
  return { service: 'dicebear' }
}
