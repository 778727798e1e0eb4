import { z } from 'zod'

/** What The Cat API tells of a breed; fields that some breeds lack are optional (its OpenAPI document, v1.6.3). */
const breedSchema = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  temperament: z.string().optional(),
  origin: z.string().optional(),
  description: z.string().optional(),
  wikipedia_url: z.string().optional(),
  image: z.object({ id: z.string(), url: z.string(), width: z.number(), height: z.number() }).partial().optional(),
})

const imageSchema = z.object({
  id: z.string().min(1),
  url: z.string(),
  width: z.number(),
  height: z.number(),
  // Only with a key, and only where the picture has been assigned to a breed.
  breeds: z.array(breedSchema).optional(),
})

/** A breed of cats; texts are empty where The Cat API tells nothing. */
export type Breed = {
  readonly id: string
  readonly name: string
  readonly temperament: readonly string[]
  readonly origin: string
  readonly description: string
  /** An https URL. */
  readonly wikipedia?: string
}

/** A picture at The Cat API. */
export type CatImage = {
  readonly imageId: string
  readonly url: string
  /** Pixels. */
  readonly width: number
  readonly height: number
}

/** A breed with the picture that the API shows it by, if it has one. */
export type ListedBreed = Breed & { readonly picture?: CatImage }

/** @throws z.ZodError */
export function parseBreeds(json: unknown): ListedBreed[] {
  return z.array(breedSchema).nonempty().parse(json).map(readBreed)
}

/** Pictures with the breeds they show; none without a key. @throws z.ZodError */
export function parseImages(json: unknown): { image: CatImage; breeds: readonly Breed[] }[] {
  return z
    .array(imageSchema)
    .parse(json)
    .map(({ id, url, width, height, breeds = [] }) => ({
      image: { imageId: id, url, width, height },
      breeds: breeds.map(readBreed),
    }))
}

function readBreed(raw: z.infer<typeof breedSchema>): ListedBreed {
  const { id, url, width, height } = raw.image ?? {}
  return {
    id: raw.id,
    name: raw.name,
    temperament: (raw.temperament ?? '').split(',').flatMap((word) => word.trim() || []),
    origin: raw.origin ?? '',
    description: raw.description ?? '',
    ...(raw.wikipedia_url?.startsWith('https://') ? { wikipedia: raw.wikipedia_url } : {}),
    ...(id && url && width && height ? { picture: { imageId: id, url, width, height } } : {}),
  }
}
