import { fileTypeFromBuffer } from 'file-type'

const EXTENSIONS = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
} as const

/** Pictures that every browser shows, and that cannot hold a script. */
export type PictureType = keyof typeof EXTENSIONS

/** Whether a media type is one of `PictureType`. */
export function isPictureType(type: unknown): type is PictureType {
  return typeof type === 'string' && Object.hasOwn(EXTENSIONS, type)
}

/** Enough for every signature of the four; more would let the detector wander through hostile archives. */
const SNIFFED_BYTES = 4100

const TYPES: Readonly<Record<string, PictureType>> = {
  'image/jpeg': 'image/jpeg',
  'image/png': 'image/png',
  'image/apng': 'image/png',
  'image/gif': 'image/gif',
  'image/webp': 'image/webp',
}

/** The type of a picture by its first bytes, whatever a server or a name says. */
export async function sniffPicture(bytes: Uint8Array): Promise<PictureType | undefined> {
  const found = await fileTypeFromBuffer(bytes.subarray(0, SNIFFED_BYTES))
  return found && TYPES[found.mime]
}

/** `Maine Coon` or `Maine Coon.png` → `Maine Coon.jpg`: the name that fits the type. */
export function pictureName(name: string, type: PictureType): string {
  return `${name.replace(/\.(jpe?g|png|gif|webp)$/i, '')}.${EXTENSIONS[type]}`
}
