import { Mark } from '../icons/mark.tsx'
import type { Children } from '../jsx.ts'
import { FieldNotes, wireField } from './field.tsx'

/** One card of the grid. */
export type PictureChoice = {
  readonly value: string
  readonly label: string
  /** Final URL of a thumbnail on our own origin (the CSP admits no other). */
  readonly picture?: string | undefined
  /** A few words under the label. */
  readonly note?: string | undefined
}

export type PictureChoicesProps = {
  /** Of the group; the radio of an option is `<id>-<value>`. */
  readonly id: string
  readonly name: string
  readonly legend: Children
  readonly hint?: Children
  readonly error?: string | undefined
  readonly options: readonly PictureChoice[]
  /** The value chosen beforehand. */
  readonly value?: string | undefined
  readonly required?: boolean | undefined
  /** Pixels of the thumbnails, so that nothing moves while they load. */
  readonly pictureSize?: { readonly width: number; readonly height: number } | undefined
}

/**
 * One of many, by picture: a scrolling grid of radio cards, moved through with the arrow keys.
 *
 * Hooks for an island that searches: `[data-choices="<name>"]` is the grid, `[data-choice="<value>"]` one card;
 * setting `hidden` on a card takes it away.
 */
export function PictureChoices(props: PictureChoicesProps) {
  const { id, name, legend, hint, error, options, value, required, pictureSize = { width: 240, height: 180 } } = props
  const { 'aria-describedby': describedBy } = wireField({ id, hint, error })
  return (
    <fieldset class="field" id={id} aria-describedby={describedBy}>
      <legend>{legend}</legend>
      <FieldNotes id={id} hint={hint} error={error} />
      <div class={pictureSize.width === pictureSize.height ? 'choices square' : 'choices'} data-choices={name}>
        {options.map((option) => (
          <label class="choice" key={option.value} data-choice={option.value}>
            <input
              type="radio"
              id={`${id}-${option.value}`}
              name={name}
              value={option.value}
              checked={option.value === value}
              required={required}
            />
            <span class="choice-picture">
              {option.picture === undefined ? (
                <Mark size={40} />
              ) : (
                <img src={option.picture} alt="" loading="lazy" decoding="async" {...pictureSize} />
              )}
            </span>
            <span>{option.label}</span>
            {option.note === undefined ? null : <span class="choice-note">{option.note}</span>}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
