import type { AvatarStyle, DiceBear } from '#apis'
import type { FormField } from '#runs'
import { Select } from '#ui'

/** One of the moods that any style has, lower case; `''` for as it comes. Whether the style has it is `wrongMood`'s. */
export function moodField(text: {
  readonly label: string
  readonly hint: string
}): FormField<string, readonly AvatarStyle[]> {
  return {
    ...text,
    load: (services) => (services('dicebear') as DiceBear).styles(),
    parse(typed = '', styles) {
      const mood = typed.trim().toLowerCase()
      if (mood === '' || moodsOf(styles).includes(mood)) return { value: mood }
      return { error: `There is no mood of that name. There are: ${moodsOf(styles).join(', ')}.` }
    },
    draw: ({ name, label, hint, text: value, error, loaded }) => (
      <div data-moods={JSON.stringify(Object.fromEntries(loaded.map(({ id, moods }) => [id, moods])))}>
        <Select
          id={name}
          name={name}
          label={label}
          hint={hint}
          error={error}
          value={value}
          options={[
            { value: '', label: 'as it comes' },
            ...moodsOf(loaded).map((mood) => ({ value: mood, label: mood })),
          ]}
        />
      </div>
    ),
  }
}

/** DiceBear would leave a mood out that the style does not have, without a word. */
export async function wrongMood(
  services: (name: string) => unknown,
  { style, mood }: { readonly style: string; readonly mood: string },
): Promise<string | undefined> {
  if (mood === '') return undefined
  const found = (await (services('dicebear') as DiceBear).styles()).find(({ id }) => id === style)
  if (!found || found.moods.includes(mood)) return undefined
  if (found.moods.length === 0) return `${found.name} has no moods: choose “as it comes”, or another style.`
  return `${found.name} has no mood “${mood}”. It has: ${found.moods.join(', ')}.`
}

function moodsOf(styles: readonly AvatarStyle[]): string[] {
  return [...new Set(styles.flatMap(({ moods }) => moods))].sort()
}
