import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Transformer } from '@napi-rs/image'
import { encodeGif } from '../pictures/gif.ts'
import type { Breed } from './breeds.ts'
import { drawCat } from './drawing/index.ts'

export type Picture = {
  id: string
  breed: Breed
  variant: number
  extension: 'jpg' | 'png' | 'gif'
  width: number
  height: number
}

export const TYPES = { jpg: 'image/jpeg', png: 'image/png', gif: 'image/gif' } as const

/** One breed has no pictures, as the real service has such breeds too (facts 3.2). */
const PICTURELESS = 'mala'

const JPEG_SIZES = [
  [1024, 768],
  [900, 1100],
  [1400, 1050],
  [800, 800],
] as const

function makePicture(breed: Breed, index: number, variant: number): Picture {
  const hash = createHash('sha256').update(`${breed.id}/${variant}`).digest()
  const id = hash.toString('base64').replace(/[+/=]/g, '').slice(0, 9)
  const place = index + variant
  if (variant === 3) return { id, breed, variant, extension: 'gif', width: 480, height: 360 }
  // Every seventh breed's own reference picture is a PNG: a name made of id + ".jpg" must not be relied on (facts 3.4).
  if (variant === 1 || (variant === 0 && index % 7 === 3)) {
    return { id, breed, variant, extension: 'png', width: 720, height: 540 }
  }
  const [width, height] = JPEG_SIZES[place % JPEG_SIZES.length] ?? JPEG_SIZES[0]
  return { id, breed, variant, extension: 'jpg', width, height }
}

/** Three to five pictures of every breed; the first one is the reference picture. */
export function listPictures(breeds: readonly Breed[]): Picture[] {
  return breeds.flatMap((breed, index) => {
    const count = breed.id === PICTURELESS ? 0 : 3 + (index % 3)
    return Array.from({ length: count }, (_, variant) => makePicture(breed, index, variant))
  })
}

async function draw({ id, breed, variant, extension, width, height }: Picture): Promise<Buffer> {
  const { coat, tailless, shortLegs: low } = breed
  const subject = { seed: id, variant, coat, width, height, tailless, low }
  // The rasteriser doubles drawings whose longer side is under 1000 pixels; the resize brings them back.
  const canvas = (closed: boolean) =>
    Transformer.fromSvg(drawCat(subject, closed), '#ffffff').fastResize({ width, height })
  if (extension === 'jpg') return canvas(false).jpeg(92)
  if (extension === 'png') return canvas(false).png()
  const [open, closed] = await Promise.all([canvas(false).rawPixels(), canvas(true).rawPixels()])
  return encodeGif(width, height, [
    { delay: 260, rgba: open },
    { delay: 16, rgba: closed },
  ])
}

/** Draws pictures when they are first asked for and keeps the bytes in the folder. */
export function createGallery(dir: string) {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const drawing = new Map<string, Promise<Buffer>>()

  async function drawAndKeep(picture: Picture, path: string): Promise<Buffer> {
    const bytes = await draw(picture)
    await writeFile(`${path}.part`, bytes)
    await rename(`${path}.part`, path)
    return bytes
  }

  return {
    async bytesOf(picture: Picture): Promise<Buffer> {
      const path = join(dir, `${picture.id}.${picture.extension}`)
      const kept = await readFile(path).catch(() => undefined)
      if (kept) return kept
      const current = drawing.get(path) ?? drawAndKeep(picture, path).finally(() => drawing.delete(path))
      drawing.set(path, current)
      return current
    },
  }
}
