import type { AvatarStyle, DiceBear } from '#apis'
import type { FormField } from '#runs'
import { PictureChoices } from '#ui'
import { samplePath } from './sample.ts'

/** Chosen beforehand: it asks for no attribution, and it has moods. */
export const DEFAULT_STYLE = 'lorelei'

/** One of all installed DiceBear styles, by its id; drawn as a grid of pictures with designer and licence. */
export function styleField(text: {
  readonly label: string
  readonly hint: string
}): FormField<string, readonly AvatarStyle[]> {
  return {
    ...text,
    load: (services) => (services('dicebear') as DiceBear).styles(),
    parse(id = DEFAULT_STYLE, styles) {
      if (styles.some((style) => style.id === id)) return { value: id }
      return { error: `There is no style called “${id.slice(0, 40)}”. Choose one of the pictures.` }
    },
    draw: ({ name, label, hint, text: value = DEFAULT_STYLE, error, loaded, href }) => (
      <choices-search data-label="Search styles" data-choices-of={name}>
        <PictureChoices
          id={name}
          name={name}
          legend={label}
          hint={hint}
          error={error}
          value={value}
          required
          pictureSize={{ width: 120, height: 120 }}
          options={loaded.map((style) => ({
            value: style.id,
            label: style.name,
            picture: href(samplePath(style.id)),
            note: noteOf(style),
          }))}
        />
      </choices-search>
    ),
  }
}

function noteOf({ designer, licence, moods }: AvatarStyle): string {
  return `${designer.name}, ${licence.name}. ${moods.length > 0 ? `Moods: ${moods.join(', ')}` : 'No moods'}`
}
