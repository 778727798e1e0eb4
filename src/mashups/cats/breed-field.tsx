import type { CatApi, ListedBreed } from '#apis'
import type { FormField } from '#runs'
import { PictureChoices } from '#ui'
import { thumbnailPath } from './thumbnail.ts'

type Loaded = { readonly breeds: readonly ListedBreed[]; readonly source: 'api' | 'shipped' }

/** One breed of The Cat API, by its id; drawn as a grid of pictures. Its list is the shipped one when the API is down. */
export function breedField(text: { readonly label: string; readonly hint: string }): FormField<string, Loaded> {
  return {
    ...text,
    load: (services) => (services('thecatapi') as CatApi).breeds(),
    parse(id, { breeds, source }) {
      if (id === undefined || id === '') return { error: 'Choose a breed.' }
      if (breeds.some((breed) => breed.id === id)) return { value: id }
      // The shipped list may be older than the API's: then only the form of the id is checked, and the run finds out.
      if (source === 'shipped' && /^[a-z]{2,8}$/.test(id)) return { value: id }
      return { error: `There is no breed with the id "${id.slice(0, 20)}". Choose one from the list.` }
    },
    draw: ({ name, label, hint, text: value, error, loaded, href }) => (
      <choices-search data-label="Search breeds" data-choices-of={name}>
        <PictureChoices
          id={name}
          name={name}
          legend={label}
          hint={
            loaded.source === 'api' ? hint : `${hint ?? ''} The Cat API does not answer just now: this list is ours.`
          }
          error={error}
          value={value}
          required
          pictureSize={{ width: 160, height: 120 }}
          options={loaded.breeds.map((breed) => ({
            value: breed.id,
            label: breed.name,
            ...pictureOf(breed, loaded.source, href),
          }))}
        />
      </choices-search>
    ),
  }
}

function pictureOf({ id, picture }: ListedBreed, source: Loaded['source'], href: (path: string) => string) {
  if (picture !== undefined) return { picture: href(thumbnailPath(id)) }
  return source === 'api' ? { note: 'no picture known' } : {}
}
