import { catApi, googleDrive } from '#apis'
import { formatBytes, withArticle } from '#base'
import { pictureCache } from '#pictures'
import { mashup } from '#runs'
import { breedField } from './breed-field.tsx'

/** Cat to Drive: a picture of a cat of the chosen breed, saved in the person's Google Drive. */
export default mashup('cats', {
  title: 'A cat for your Drive',
  summary: 'Choose a breed, get its picture saved in your Google Drive.',
  path: '/cats',
  action: 'create_cat_request',
  rootAction: true,
  islands: ['choices-search'],
  submit: 'Save a cat to my Drive',
  running: 'Saving your cat',
  again: 'Save another cat',
  form: { cat_breed: breedField({ label: 'Breed', hint: 'Choose one by its picture.' }) },
  connect: { drive: googleDrive({ scopes: ['drive.file'], why: 'to save one picture in your Drive' }) },
  use: { cats: catApi(), pictures: pictureCache() },
  steps: ['Find a cat', 'Fetch the picture', 'Reserve a file id', 'Save it to your Drive'],

  async run({ input, drive, cats, pictures, step }) {
    const cat = await step('Find a cat', async ({ signal, say }) => {
      const found = await cats.find(input.cat_breed, { signal })
      say(`${found.breed.name}, ${found.width} × ${found.height}`)
      return found
    })
    const picture = await step('Fetch the picture', async ({ files, signal, say }) => {
      const name = `${cat.breed.name} cat ${cat.imageId}`
      const fetched = await pictures.into({ ...files, name }, { url: cat.url, hosts: cats.pictureHosts, signal })
      say(`${formatBytes(fetched.file.size)}, ${fetched.fromCache ? 'from the cache' : 'downloaded'}`)
      return fetched
    })
    // Checkpointed before the upload: a repeat names the same file, and Drive refuses to make it twice.
    const id = await step('Reserve a file id', ({ signal }) => drive.newFileId({ signal }))
    const saved = await step('Save it to your Drive', async ({ signal, progress, say }) => {
      const description =
        `${capitalised(withArticle(cat.breed.name))} cat, found at The Cat API and saved by Trivet. ${cat.breed.description}`.trim()
      const file = await drive.upload({
        id,
        file: picture.file,
        description,
        signal,
        progress: (sent, total) => progress(sent, total, `uploading ${formatBytes(sent)} of ${formatBytes(total)}`),
      })
      say(`as ${drive.accountName}`)
      return file
    })
    return {
      title: `${capitalised(withArticle(cat.breed.name))} is in your Drive`,
      image: {
        file: picture.file,
        alt: `${capitalised(withArticle(cat.breed.name))} cat`,
        width: picture.width,
        height: picture.height,
      },
      table: [
        { name: 'File', value: saved.name },
        { name: 'Breed', value: [cat.breed.name, cat.breed.origin].filter(Boolean).join(', ') },
        { name: 'Temperament', value: cat.breed.temperament.join(', ') || 'not told' },
        { name: 'In the Drive of', value: drive.accountName },
      ],
      links: [
        { href: saved.webViewLink, label: 'Open in Drive' },
        ...(cat.breed.wikipedia ? [{ href: cat.breed.wikipedia, label: `About the ${cat.breed.name}` }] : []),
      ],
    }
  },
})

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
