import { z } from 'zod'
import type { OutboundResponse } from '#outbound'

/** Sizes come as decimal strings (int64 in JSON). */
const int64 = z
  .string()
  .regex(/^\d+$/)
  .transform((text) => Number(text))

const fileSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  webViewLink: z.url({ protocol: /^https?$/ }),
  size: int64,
  md5Checksum: z.string(),
})

export type FileAnswer = z.infer<typeof fileSchema>

const idsSchema = z.object({ ids: z.tuple([z.string().min(1)]) })

const aboutSchema = z.object({
  user: z.object({ displayName: z.string(), emailAddress: z.string() }),
  // No limit where the organisation's storage is pooled or unlimited.
  storageQuota: z.object({ limit: int64.optional(), usage: int64 }),
})

export async function parseFile(response: OutboundResponse): Promise<FileAnswer> {
  return fileSchema.parse(await response.json())
}

export async function parseNewId(response: OutboundResponse): Promise<string> {
  return idsSchema.parse(await response.json()).ids[0]
}

export async function parseAbout(response: OutboundResponse): Promise<z.infer<typeof aboutSchema>> {
  return aboutSchema.parse(await response.json())
}

/**
 * The first byte that Drive still wants, from `Range: bytes=0-N`; without that header it holds nothing. It may have kept
 * less than was sent.
 */
export function nextByte(response: OutboundResponse): number {
  const kept = /^bytes=0-(\d+)$/.exec(response.headers.get('range') ?? '')?.[1]
  return kept === undefined ? 0 : Number(kept) + 1
}
