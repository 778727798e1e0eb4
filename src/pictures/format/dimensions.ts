import type { PictureType } from './sniff.ts'

export type Dimensions = { readonly width: number; readonly height: number }

/**
 * Width and height as the picture's own header states them, without decoding it: a few kilobytes can announce a
 * picture of many gigabytes. Undefined for a header that is not whole.
 */
export function parseDimensions(type: PictureType, bytes: Buffer): Dimensions | undefined {
  try {
    const found = READERS[type](bytes)
    return found && found.width > 0 && found.height > 0 ? found : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const READERS: Record<PictureType, (bytes: Buffer) => Dimensions | undefined> = {
  // PNG (third edition) §11.2.1: IHDR is always first.
  'image/png': (bytes) => ({ width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }),
  // GIF89a §18: logical screen descriptor.
  'image/gif': (bytes) => ({ width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }),
  'image/jpeg': readJpeg,
  'image/webp': readWebp,
}

/** ITU-T T.81 §B.2.2: walks the segments to the first frame header (SOF0 to SOF15, without DHT, JPG and DAC). */
function readJpeg(bytes: Buffer): Dimensions | undefined {
  let at = 2
  while (bytes.readUInt8(at) === 0xff) {
    const marker = bytes.readUInt8(at + 1)
    if (marker === 0xff) {
      // §B.1.1.2: any number of fill bytes may precede a marker.
      at += 1
      continue
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
    }
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}

/** RFC 9649 §2.5 to §2.7: the first chunk is lossy, lossless or extended. */
function readWebp(bytes: Buffer): Dimensions | undefined {
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff }
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21)
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
    default:
      return undefined
  }
}
