import type { Tokens } from './index.ts'

export const GRAIN = 256 * 1024

/** Bytes that differ from place to place, so that a mixed-up order shows. */
export function makeBytes(size: number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let i = 0; i + 4 <= size; i += 4) bytes.writeUInt32LE(Math.imul(i + 1, 0x9e3779b1) >>> 0, i)
  return bytes
}

export const uploadUrl = (url: string, query: string) => `${url}/google/upload/drive/v3/files?${query}`

const bearer = ({ access_token }: Pick<Tokens, 'access_token'>) => ({ authorization: `Bearer ${access_token}` })

/** A multipart/related body with the given parts. */
export function related(metadata: unknown, bytes: Buffer, type = 'image/jpeg', boundary = 'B'): Buffer {
  const json = `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadata)}\r\n`
  const head = `--${boundary}\r\nContent-Type: ${type}\r\n\r\n`
  return Buffer.concat([Buffer.from(json + head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)])
}

export const uploadMultipart = (url: string, tokens: Tokens, metadata: unknown, bytes: Buffer, fields = '*') =>
  fetch(uploadUrl(url, `uploadType=multipart&fields=${fields}`), {
    method: 'POST',
    body: new Uint8Array(related(metadata, bytes)),
    headers: { ...bearer(tokens), 'content-type': 'multipart/related; boundary=B' },
  })

/** Opens a resumable session and gives its address. */
export async function startResumable(url: string, tokens: Tokens, metadata: unknown, length?: number): Promise<string> {
  const response = await fetch(uploadUrl(url, 'uploadType=resumable&fields=*'), {
    method: 'POST',
    body: JSON.stringify(metadata),
    headers: {
      ...bearer(tokens),
      'content-type': 'application/json; charset=UTF-8',
      'x-upload-content-type': 'image/png',
      ...(length !== undefined && { 'x-upload-content-length': String(length) }),
    },
  })
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  return response.headers.get('location') ?? ''
}

export const putChunk = (session: string, bytes: Buffer, range?: string) =>
  fetch(session, {
    method: 'PUT',
    redirect: 'manual',
    body: new Uint8Array(bytes),
    headers: range === undefined ? {} : { 'content-range': range },
  })

export async function generateId(url: string, tokens: Tokens): Promise<string> {
  const response = await fetch(`${url}/google/drive/v3/files/generateIds?count=1&space=drive`, {
    headers: bearer(tokens),
  })
  const { ids } = (await response.json()) as { ids: string[] }
  return ids[0] ?? ''
}
