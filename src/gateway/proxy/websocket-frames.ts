import { randomBytes } from 'node:crypto'

/** Where the frames of one direction of a WebSocket begin and end (RFC 6455 §5.2); nothing of them is kept. */
export type FrameWatch = {
  /** The next bytes, however they are cut. @returns how many of them there are up to the end of the last whole frame */
  take(chunk: Buffer): number
  /** Nothing of a frame is missing: another one may follow here. */
  isBetween(): boolean
}

export function createFrameWatch(): FrameWatch {
  /** Bytes of the head that were read, and how many it has; of the payload that are still to come. */
  let read = 0
  let size = 2
  let left = 0
  let extended = 0

  function takeHead(byte: number): void {
    read += 1
    if (read === 2) {
      const length = byte & 0x7f
      extended = length === 126 ? 2 : length === 127 ? 8 : 0
      size = 2 + extended + (byte & 0x80 ? 4 : 0)
      left = extended === 0 ? length : 0
    } else if (read > 2 && read <= 2 + extended) left = left * 256 + byte
    if (read !== size) return
    read = 0
    size = 2
  }

  return {
    take(chunk) {
      let whole = 0
      for (let at = 0; at < chunk.length; ) {
        if (read === 0 && left > 0) {
          const skipped = Math.min(left, chunk.length - at)
          left -= skipped
          at += skipped
        } else {
          takeHead(chunk[at] ?? 0)
          at += 1
        }
        if (read === 0 && left === 0) whole = at
      }
      return whole
    },
    isBetween: () => read === 0 && left === 0,
  }
}

/**
 * A frame that says why the connection ends (RFC 6455 §5.5.1): 1001 going away, 1008 against a policy.
 *
 * @param masked as everything is that a client sends (§5.3)
 */
export function closeFrame(code: number, masked: boolean): Buffer {
  const payload = Buffer.from([code >> 8, code & 0xff])
  if (!masked) return Buffer.from([0x88, payload.length, ...payload])
  const mask = randomBytes(4)
  return Buffer.from([
    ...[0x88, 0x80 | payload.length],
    ...mask,
    ...payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0)),
  ])
}
