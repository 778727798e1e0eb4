import { read } from '../docs/repository.ts'

/** An address of the server: its method, and its path with `:names`. */
export type Address = { readonly method: string; readonly path: string }

/** Every address there is, out of the page that is made from the running app (and that a test compares with it). */
export function allAddresses(): readonly Address[] {
  const rows = read('docs/reference/routes.md').matchAll(/^\| ([A-Z]+) \| `([^`]+)` \|/gm)
  return [...rows].map(([, method = '', path = '']) => ({ method, path }))
}
