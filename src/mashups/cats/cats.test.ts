import { expect, it } from 'vitest'
import type { Cat, DriveUpload, MashupDrive } from '#apis'
import type { Pictures } from '#pictures'
import type { StepContext } from '#runs'
import { ABYSSINIAN, BENGAL, catApiOf } from './breed.fixture.ts'
import cats from './cats.ts'

const FILE = { id: 'f-1', name: 'Bengal cat O3btzLlsO.png', type: 'image/png', size: 2_000_000, sha256: 'ab' }
const CAT: Cat = {
  breed: BENGAL,
  imageId: 'O3btzLlsO',
  url: 'https://cdn.example/O3btzLlsO.png',
  width: 1100,
  height: 739,
}

/** Does the mash-up with clients that note what they are asked. */
async function perform(options: { cat?: Cat; fromCache?: boolean } = {}) {
  const asked: unknown[] = []
  const steps: { name: string; said: string[]; moved: unknown[]; value: unknown }[] = []
  const { signal } = new AbortController()
  const files = { ownerId: 'o-1', runId: 'r-1', write: async () => FILE }

  async function step(name: string, work: (context: StepContext) => unknown): Promise<unknown> {
    const told = { name, said: [] as string[], moved: [] as unknown[], value: undefined as unknown }
    steps.push(told)
    told.value = await work({
      key: `r-1:${name}`,
      attempt: 1,
      signal,
      files,
      progress: (...moved) => void told.moved.push(moved),
      say: (text) => void told.said.push(text),
    })
    return told.value
  }
  const drive: MashupDrive = {
    accountName: 'ana@example.com',
    newFileId: async (given) => {
      asked.push(['newFileId', given?.signal === signal])
      return 'drive-id-1'
    },
    upload: async ({
      file,
      id,
      description,
      signal: given,
      progress,
    }: Omit<DriveUpload, 'file'> & { file: unknown }) => {
      asked.push(['upload', { id, file, description }, given === signal])
      progress?.(1_000_000, 2_000_000)
      return { id, name: FILE.name, webViewLink: `https://drive.example/${id}`, size: FILE.size }
    },
    about: async () => {
      throw new Error('not needed')
    },
  }
  const pictures: Pick<Pictures, 'into'> = {
    into: async ({ ownerId, runId, name }, { url, hosts, signal: given }) => {
      asked.push(['into', { ownerId, runId, name }, url, hosts, given === signal])
      return { file: FILE, fromCache: options.fromCache ?? false, width: 1100, height: 739 }
    },
  }
  const catApi = catApiOf({
    find: async (breedId, given) => {
      asked.push(['find', breedId, given?.signal === signal])
      return options.cat ?? CAT
    },
  })
  const result = await cats.run({ input: { cat_breed: 'beng' }, drive, cats: catApi, pictures, step })
  return { asked, steps, result }
}

it('finds a cat of the breed, fetches it into the run, reserves an id, uploads under that id: in this order', async () => {
  const { asked } = await perform()
  expect(asked).toEqual([
    ['find', 'beng', true],
    [
      'into',
      { ownerId: 'o-1', runId: 'r-1', name: 'Bengal cat O3btzLlsO' },
      'https://cdn.example/O3btzLlsO.png',
      ['cdn.example:443'],
      true,
    ],
    ['newFileId', true],
    [
      'upload',
      {
        id: 'drive-id-1',
        file: FILE,
        description: 'A Bengal cat, found at The Cat API and saved by Trivet. Bengals are a lot of fun to live with.',
      },
      true,
    ],
  ])
})

it('its steps are those it declares, each with something to read', async () => {
  const { steps } = await perform()
  expect(steps.map(({ name }) => name)).toEqual(cats.steps)
  expect(steps.map(({ said }) => said)).toEqual([
    ['Bengal, 1100 × 739'],
    ['2.0 MB, downloaded'],
    [],
    ['as ana@example.com'],
  ])
  expect(steps[3]?.moved).toEqual([[1_000_000, 2_000_000, 'uploading 1.0 MB of 2.0 MB']])
  expect((await perform({ fromCache: true })).steps[1]?.said).toEqual(['2.0 MB, from the cache'])
})

it('what the steps give back is data, so that it can be kept between them', async () => {
  const { steps } = await perform()
  for (const { value } of steps) expect(JSON.parse(JSON.stringify(value))).toEqual(value)
})

it('its result is the picture, what it shows, in whose Drive it is, and the way there', async () => {
  const { result } = await perform()
  expect(result).toEqual({
    title: 'A Bengal is in your Drive',
    image: { file: FILE, alt: 'A Bengal cat', width: 1100, height: 739 },
    table: [
      { name: 'File', value: 'Bengal cat O3btzLlsO.png' },
      { name: 'Breed', value: 'Bengal, United States' },
      { name: 'Temperament', value: 'Alert, Agile' },
      { name: 'In the Drive of', value: 'ana@example.com' },
    ],
    links: [
      { href: 'https://drive.example/drive-id-1', label: 'Open in Drive' },
      { href: 'https://en.wikipedia.org/wiki/Bengal_cat', label: 'About the Bengal' },
    ],
  })
})

it('a breed of which little is known makes a whole result, too', async () => {
  const { result, asked } = await perform({ cat: { ...CAT, breed: ABYSSINIAN } })
  expect(result.title).toBe('An Abyssinian is in your Drive')
  expect(result.table?.slice(1, 3)).toEqual([
    { name: 'Breed', value: 'Abyssinian' },
    { name: 'Temperament', value: 'not told' },
  ])
  expect(result.links?.map(({ label }) => label)).toEqual(['Open in Drive'])
  expect(asked[3]).toMatchObject([
    'upload',
    { description: 'An Abyssinian cat, found at The Cat API and saved by Trivet.' },
    true,
  ])
})

it('asks for the one scope that touches only files of its own, and says why', () => {
  const { drive } = cats.connect
  expect(drive).toMatchObject({ provider: 'google', scopes: ['drive.file'], why: 'to save one picture in your Drive' })
  expect(Object.keys(cats.connect)).toEqual(['drive'])
  expect([cats.path, cats.action, Object.keys(cats.form)]).toEqual(['/cats', 'create_cat_request', ['cat_breed']])
})
