import { Readable } from 'node:stream'
import type { OutboundBody } from './request.ts'

/** A request body ready to be sent once, and the error of its source, if reading that failed. */
export type SendableBody = { readonly content: string | Uint8Array | Readable | null; sourceError(): unknown }

export function openBody(body: OutboundBody | undefined): SendableBody {
  if (typeof body !== 'function') return { content: body ?? null, sourceError: () => undefined }
  let failed: { error: unknown } | undefined
  const read = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* body()
    } catch (error) {
      failed = { error }
      throw error
    }
  }
  return { content: Readable.from(read(), { objectMode: false }), sourceError: () => failed?.error }
}
