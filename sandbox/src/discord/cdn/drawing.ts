import { Transformer } from '@napi-rs/image'
import { encodeGif } from '../../pictures/gif.ts'
import type { Persona } from '../personas.ts'

export const TYPES = { png: 'image/png', jpg: 'image/jpeg', webp: 'image/webp', gif: 'image/gif' } as const
export type Extension = keyof typeof TYPES

const svg = (body: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 256 256" width="1024" height="1024">${body}</svg>`

function eyes(closed: boolean): string {
  if (closed)
    return '<path d="M84 138q12 10 24 0M148 138q12 10 24 0" fill="none" stroke="#2b1d18" stroke-width="6" stroke-linecap="round"/>'
  return '<circle cx="96" cy="136" r="10" fill="#2b1d18"/><circle cx="160" cy="136" r="10" fill="#2b1d18"/><circle cx="100" cy="132" r="3" fill="#fff"/><circle cx="164" cy="132" r="3" fill="#fff"/>'
}

/** The head of an animal on the person's colour: ears that stand for one, hang for another. */
function drawAnimal({ id, colour, fur }: Persona, closed: boolean): string {
  const pointed = `<path d="M62 120 58 34l66 46zM194 120l4-86-66 46z" fill="${fur}"/>`
  const round = `<circle cx="72" cy="76" r="34" fill="${fur}"/><circle cx="184" cy="76" r="34" fill="${fur}"/>`
  return svg(
    `<rect width="256" height="256" fill="${colour}"/><circle cx="208" cy="40" r="76" fill="#fff" opacity=".12"/>${id === 'zoe' ? pointed : round}<path d="M40 128c0-46 38-76 88-76s88 30 88 76c0 58-46 100-88 100s-88-42-88-100z" fill="${fur}"/><path d="M48 156c30-10 60 10 80 40 20-30 50-50 80-40-8 46-46 74-80 74s-72-28-80-74z" fill="#fff4e6"/>${eyes(closed)}<path d="M114 182h28l-14 16z" fill="#2b1d18"/>`,
  )
}

const PLAIN = ['#5a6ee0', '#6b7480', '#3f9d6b', '#d08a2c', '#cf4f52', '#c0599e']

/** The picture of somebody without one. */
function drawPlain(index: number): string {
  return svg(
    `<rect width="256" height="256" fill="${PLAIN[index]}"/><circle cx="128" cy="100" r="46" fill="#fff"/><path d="M36 256c2-66 38-98 92-98s90 32 92 98z" fill="#fff"/>`,
  )
}

const canvas = (drawing: string, size: number) =>
  Transformer.fromSvg(drawing, '#ffffff').fastResize({ width: size, height: size })

export async function paintAvatar(persona: Persona, extension: Extension, size: number): Promise<Buffer> {
  if (extension === 'gif') {
    const [open, closed] = await Promise.all(
      [false, true].map((shut) => canvas(drawAnimal(persona, shut), size).rawPixels()),
    )
    return encodeGif(size, size, [
      { delay: 240, rgba: open ?? Buffer.alloc(0) },
      { delay: 18, rgba: closed ?? Buffer.alloc(0) },
    ])
  }
  const picture = canvas(drawAnimal(persona, false), size)
  if (extension === 'jpg') return picture.jpeg(90)
  return extension === 'webp' ? picture.webp(90) : picture.png()
}

export const countPlain = PLAIN.length

export const paintPlain = (index: number, size: number): Promise<Buffer> => canvas(drawPlain(index), size).png()
