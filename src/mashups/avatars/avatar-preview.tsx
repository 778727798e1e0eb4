import type { ShownForm } from '#runs'
import { Button } from '#ui'
import { DEFAULT_STYLE } from './style-field.tsx'

/** The fields that the drawing depends on. */
export const DRAWN_FIELDS = ['seed', 'style', 'background_color', 'mood'] as const

/** The drawing as the form stands. The island draws it anew with every change; without it there is a button. */
export function AvatarPreview({ page, texts, wrong }: ShownForm) {
  const query = new URLSearchParams()
  for (const name of DRAWN_FIELDS) if (texts[name] && !wrong.has(name)) query.set(name, texts[name])
  if (!query.has('style')) query.set('style', DEFAULT_STYLE)
  return (
    <avatar-preview
      class="stack aside"
      data-src={page.href('/avatars/preview.svg')}
      data-fields={DRAWN_FIELDS.join(' ')}
    >
      <img
        class="picture"
        id="preview"
        src={page.href(`/avatars/preview.svg?${query}`)}
        alt="The avatar as it will be drawn"
        width={240}
        height={240}
      />
      <Button id="show-preview" kind="quiet" formaction={page.href('/avatars/preview')} formnovalidate>
        Show the drawing
      </Button>
    </avatar-preview>
  )
}
