import { ResizeFit, Transformer } from '@napi-rs/image'

const QUALITY = 75

/** A WebP of exactly this size, filled by cropping, turned as the camera was held. Runs on a thread of its own. */
export async function makeThumbnail(bytes: Buffer, size: { width: number; height: number }): Promise<Buffer> {
  return await new Transformer(bytes)
    .rotate()
    .fastResize({ ...size, fit: ResizeFit.Cover })
    .webp(QUALITY)
}
