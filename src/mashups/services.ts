import type { Pictures } from '#pictures'
import type { Service } from '#runs'

/** The picture cache as a service of mash-ups. */
export function pictureCache(): Service<Pictures> {
  return { service: 'pictures' }
}
