/**
 * What pages are made of, with no feature in it: a frame, components, marks, and the way to text.
 *
 * A page is one component: `renderPage(<Layout page={page} title="Runs">…</Layout>)`. Every page works without
 * JavaScript under a CSP without inline script or style: no `style=`, no `on…=`, classes from `css/` only.
 *
 * Rules that hold for all of it:
 * - `href` and `action` are final URLs: pass `page.href('/runs')`, never a bare path; nothing adds the base path twice.
 * - Ids are the caller's, stable, and what tests click on.
 * - `data-*` and `aria-*` given to Button, ButtonLink, Card, Notice, Form and the controls go to their element.
 *
 * Classes for arranging: `stack` (one under the other), `row` (side by side, wraps; `row even`: equal widths), `grid`
 * (cards), `two` (content and side column), `plain` (a list without bullets), `points` (a list with rings), `lead`,
 * `eyebrow`, `soft` (secondary text), `picture` (an image in a frame), `drop` (a drop zone; `data-over` while something
 * hovers over it), `unseen` (for screen readers only).
 *
 * For the build: `css/index.css` becomes `style.css`, `icons/favicon.svg` `favicon.svg`, `islands/<name>.island.ts`
 * `<name>.js`.
 */
export { loadAssets } from './assets.ts'
export { Button, type ButtonKind } from './components/button.tsx'
export { ButtonLink } from './components/button-link.tsx'
export { Card } from './components/card.tsx'
export { CardLink } from './components/card-link.tsx'
export { Checkbox } from './components/checkbox.tsx'
export { CopyField } from './components/copy-field.tsx'
export { Duration, formatDuration } from './components/duration.tsx'
export { EmptyState } from './components/empty-state.tsx'
export { ErrorSummary, type FieldError } from './components/error-summary.tsx'
export { Field, type Wiring } from './components/field.tsx'
export { Form } from './components/form.tsx'
export { KeyValues } from './components/key-values.tsx'
export { Notice, type Tone } from './components/notice.tsx'
export { PageHead } from './components/page-head.tsx'
export { type PictureChoice, PictureChoices } from './components/picture-choices.tsx'
export { Progress } from './components/progress.tsx'
export { Prose } from './components/prose.tsx'
export { Select, type SelectOption } from './components/select.tsx'
export { Table } from './components/table.tsx'
export { Tag } from './components/tag.tsx'
export { TextInput } from './components/text-input.tsx'
export { Time } from './components/time.tsx'
export { type StepStatus, Timeline, type TimelineStep } from './components/timeline.tsx'
export { Mark } from './icons/mark.tsx'
export { ProviderMark } from './icons/provider-mark.tsx'
export type { Children, VNode } from './jsx.ts'
export { Layout, type Refresh } from './layout.tsx'
export type { NavItem, PageContext } from './page-context.ts'
export { ErrorPage } from './pages/error-page.tsx'
export { createPages, type Pages } from './pages.ts'
export { renderPage } from './render.tsx'
