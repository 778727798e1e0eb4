import { type Clock, Failure, hostAndPort, type Secret, systemClock, withArticle } from '#base'
import type { Outbound } from '#outbound'
import { apiFailure } from '../errors.ts'
import { type Breed, type CatImage, type ListedBreed, parseBreeds, parseImages } from './answers.ts'
import { createBreedList } from './breed-list.ts'
import shipped from './breeds.json' with { type: 'json' }
import { failedRequest, refusedRequest, unavailable } from './failed-request.ts'

/** A picture, with the breed that it shows. */
export type Cat = CatImage & { readonly breed: Breed }

/** The Cat API, asked with the key of this server (its OpenAPI document, v1.6.3). */
export type CatApi = {
  /** All breeds, from the API (kept for an hour) or, while it cannot be asked, the list that ships with Trivet. */
  breeds(): Promise<{ readonly source: 'api' | 'shipped'; readonly breeds: readonly ListedBreed[] }>
  /**
   * A picture of a cat of that breed, a random one where there are several.
   *
   * @throws Failure `unknown_breed`, `breed_without_pictures`, `cat_api_unavailable`, `cat_api_rate_limited`,
   *   `cat_api_key_refused`
   */
  find(breedId: string, options?: { signal?: AbortSignal }): Promise<Cat>
  /** Where its pictures are: the only hosts that they may be fetched from. */
  readonly pictureHosts: readonly string[]
}

/** What the client needs; what tests set has a default. */
export type CatApiOptions = {
  readonly outbound: Outbound
  /** `https://api.thecatapi.com/v1`, without a slash at the end. */
  readonly url: string
  /** Without one the API does not say which breed a picture shows, so a breed's own picture is taken. */
  readonly key: Secret | undefined
  /** From 0 to below 1. */
  readonly random?: () => number
  /** For `Retry-After` with a date. */
  readonly clock?: Clock
  /** Milliseconds, for how long the list of breeds is kept. */
  readonly monotonic?: () => number
}

/** The API's own CDN (its OpenAPI document); stand-ins serve pictures themselves. */
const PICTURE_HOSTS: Readonly<Record<string, readonly string[]>> = {
  'api.thecatapi.com:443': ['cdn2.thecatapi.com:443'],
}

/** Enough for a choice; without a key it would be the most. */
const SEARCH_LIMIT = 10
const TIMEOUT_SECONDS = 10
/** How long a page waits for the list before it is drawn with an older or the shipped one. */
const PAGE_MS = 1500
const MOST_ANSWER_BYTES = 2_000_000

/** The Cat API, https://thecatapi.com. */
export function createCatApi(options: CatApiOptions): CatApi {
  const clock = options.clock ?? systemClock
  const random = options.random ?? Math.random
  const pictureHosts = PICTURE_HOSTS[hostAndPort(options.url)] ?? [hostAndPort(options.url)]
  const isReachable = (image: CatImage | undefined): image is CatImage =>
    image !== undefined && URL.canParse(image.url) && pictureHosts.includes(hostAndPort(image.url))

  const get = async <T>(path: string, parse: (json: unknown) => T, signal: AbortSignal | undefined): Promise<T> => {
    try {
      const response = await options.outbound.send({
        method: 'GET',
        url: `${options.url}${path}`,
        hosts: [hostAndPort(options.url)],
        headers: { accept: 'application/json', ...(options.key ? { 'x-api-key': options.key.reveal() } : {}) },
        timeoutSeconds: TIMEOUT_SECONDS,
        maxBytes: MOST_ANSWER_BYTES,
        purpose: 'ask The Cat API',
        ...(signal ? { signal } : {}),
      })
      if (response.status !== 200) throw await refusedRequest(response, clock.now())
      return parse(await response.json())
    } catch (error) {
      throw failedRequest(error)
    }
  }

  const list = createBreedList({
    load: () => get('/breeds?limit=200', parseBreeds, undefined),
    shipped,
    isFailure: (error): error is Failure => error instanceof Failure,
    monotonic: options.monotonic ?? (() => performance.now()),
  })

  /** Pictures that the API itself says show this breed: a filter it does not know it ignores silently. */
  const search = async (breedId: string, signal: AbortSignal | undefined): Promise<Cat[]> => {
    const path = `/images/search?breed_ids=${breedId}&limit=${SEARCH_LIMIT}&mime_types=jpg,png&include_breeds=1`
    const images = await get(path, parseImages, signal)
    return images.flatMap(({ image, breeds }) => {
      const breed = breeds.find((one) => one.id === breedId)
      return breed && isReachable(image) ? [{ ...image, breed }] : []
    })
  }

  return {
    pictureHosts,
    async breeds() {
      const { source, breeds } = await list({ atMostMs: PAGE_MS })
      return { source, breeds }
    },
    async find(breedId, { signal } = {}) {
      const { source, breeds, failure } = await list()
      const listed = breeds.find((breed) => breed.id === breedId)
      if (!listed && source === 'api') throw unknownBreed()
      // Ids are short words; anything else would be parameters of its own in the query.
      if (!/^[\w-]{1,40}$/.test(breedId)) throw unknownBreed()
      const found = options.key ? await search(breedId, signal) : []
      const chosen = found[Math.floor(random() * found.length)]
      if (chosen) return { ...chosen, breed: withoutPicture(chosen.breed) }
      if (isReachable(listed?.picture)) return { ...listed.picture, breed: withoutPicture(listed) }
      if (source === 'shipped') throw failure ?? unavailable('no list of breeds')
      throw withoutPictures(listed?.name ?? breedId)
    },
  }
}

function withoutPicture({ picture: _picture, ...breed }: ListedBreed): Breed {
  return breed
}

function unknownBreed(): Failure {
  return apiFailure('unknown_breed', 'The Cat API does not know this breed. Choose one of the list.')
}

function withoutPictures(name: string): Failure {
  return apiFailure(
    'breed_without_pictures',
    `The Cat API has no picture of ${withArticle(name)}. Choose another breed.`,
  )
}
