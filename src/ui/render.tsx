import { renderToString } from 'preact-render-to-string'
import type { VNode } from './jsx.ts'

/** The whole document as text, to be sent as `text/html; charset=utf-8`. Text is escaped by Preact. */
export function renderPage(page: VNode): string {
  return `<!doctype html>\n${renderToString(page)}`
}
