import { createHash } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { generateId, makeBytes, related, uploadMultipart, uploadUrl } from '../../testing/drive.ts'
import { bearer, connect, json, misbehave, request, startSandbox } from '../../testing/index.ts'

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex')

async function contentOf(url: string, id: unknown, headers: Record<string, string>): Promise<Buffer> {
  const response = await request(`${url}/google/drive/v3/files/${id}?alt=media`, { headers })
  return Buffer.from(await response.arrayBuffer())
}

describe('multipart (facts 2.1)', () => {
  test('makes a file with its metadata and exactly the bytes', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    // A line break and half a delimiter at the end belong to the file.
    const bytes = Buffer.concat([makeBytes(300_000), Buffer.from('\r\n--B\r\n-\r\n--')])
    const body = related(
      { name: 'cat.jpg', description: 'A cat', appProperties: { run: '7' } },
      bytes,
      'image/jpeg',
      'Bxyz',
    )
    const file = await json(
      fetch(uploadUrl(url, 'uploadType=multipart&fields=*'), {
        method: 'POST',
        body: new Uint8Array(body),
        headers: { ...bearer(tokens), 'content-type': 'multipart/related; boundary="Bxyz"' },
      }),
    )
    expect(file).toMatchObject({
      kind: 'drive#file',
      name: 'cat.jpg',
      description: 'A cat',
      mimeType: 'image/jpeg',
      size: String(bytes.length),
      md5Checksum: md5(bytes),
      webViewLink: `${url}/google/drive/files/${file['id']}`,
    })
    expect(md5(await contentOf(url, file['id'], bearer(tokens)))).toBe(md5(bytes))
  })

  test('chunked transfer in pieces of any size gives the same file', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    const bytes = makeBytes(5000)
    const body = related({ name: 'x' }, bytes)
    const pieces = Readable.from(
      Array.from({ length: Math.ceil(body.length / 7) }, (_, i) => body.subarray(i * 7, i * 7 + 7)),
    )
    const file = await new Promise<string>((resolve, reject) => {
      const headers = { ...bearer(tokens), 'content-type': 'multipart/related; boundary=B' }
      const sent = httpRequest(uploadUrl(url, 'uploadType=multipart&fields=md5Checksum'), { method: 'POST', headers })
      sent.on('response', async (response) => resolve(Buffer.concat(await response.toArray()).toString()))
      sent.on('error', reject)
      pieces.pipe(sent)
    })
    expect(JSON.parse(file)).toEqual({ md5Checksum: md5(bytes) })
  })

  test('form-data makes an empty nameless file (activepieces 14033)', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    const body = new FormData()
    body.append('file', new Blob([new Uint8Array(makeBytes(100))]), 'cat.jpg')
    const file = await json(
      fetch(uploadUrl(url, 'uploadType=multipart&fields=*'), { method: 'POST', body, headers: bearer(tokens) }),
    )
    expect(file).toMatchObject({ name: 'Untitled', size: '0' })
  })

  test('a body without its closing delimiter makes no file', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    const body = related({ name: 'x' }, makeBytes(100)).subarray(0, -8)
    const response = await fetch(uploadUrl(url, 'uploadType=multipart'), {
      method: 'POST',
      body: new Uint8Array(body),
      headers: { ...bearer(tokens), 'content-type': 'multipart/related; boundary=B' },
    })
    expect(response.status).toBe(400)
    expect(await json(request(`${url}/state`))).toMatchObject({ google: { files: [] } })
  })
})

describe('media', () => {
  test('has no name and the type it says', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    const headers = { ...bearer(tokens), 'content-type': 'image/gif' }
    const file = await json(fetch(uploadUrl(url, 'uploadType=media'), { method: 'POST', body: 'GIF89a', headers }))
    expect(file).toEqual({ kind: 'drive#file', id: expect.any(String), name: 'Untitled', mimeType: 'image/gif' })
  })

  test('without uploadType an image is taken, JSON is not (facts 2.3); image/* is replaced by the real type', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    const send = (type: string) =>
      fetch(uploadUrl(url, ''), {
        method: 'POST',
        body: new Uint8Array(PNG),
        headers: { ...bearer(tokens), 'content-type': type },
      })
    expect(await json(send('image/*'))).toMatchObject({ name: 'Untitled', mimeType: 'image/png' })
    expect((await send('application/json')).status).toBe(400)
  })

  test('100 MB go through without being held in memory', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    const size = 100 * 1024 * 1024
    const block = Buffer.alloc(1024 * 1024, 7)
    const before = process.memoryUsage().rss
    const file = await new Promise<string>((resolve, reject) => {
      const headers = { ...bearer(tokens), 'content-type': 'image/png', 'content-length': size }
      const sent = httpRequest(uploadUrl(url, 'uploadType=media&fields=size'), { method: 'POST', headers })
      sent.on('response', async (response) => resolve(Buffer.concat(await response.toArray()).toString()))
      sent.on('error', reject)
      Readable.from(Array.from({ length: 100 }, () => block)).pipe(sent)
    })
    expect(JSON.parse(file)).toEqual({ size: String(size) })
    expect(process.memoryUsage().rss - before).toBeLessThan(80 * 1024 * 1024)
  })
})

describe('refusals', () => {
  test('no token, a dead token, a token without a Drive scope (facts 2.6)', async () => {
    const { url } = await startSandbox()
    const send = (headers: Record<string, string>) =>
      json(fetch(uploadUrl(url, 'uploadType=media'), { method: 'POST', body: 'x', headers }))
    expect(await send({})).toMatchObject({ error: { code: 401, errors: [{ reason: 'required' }] } })
    expect(await send({ authorization: 'Bearer ya29.dead' })).toEqual({
      error: {
        code: 401,
        message: 'Invalid Credentials',
        errors: [
          {
            domain: 'global',
            reason: 'authError',
            message: 'Invalid Credentials',
            locationType: 'header',
            location: 'Authorization',
          },
        ],
      },
    })
    const narrow = await connect(url, { scope: 'openid email' })
    expect(await send(bearer(narrow))).toMatchObject({
      error: { code: 403, errors: [{ reason: 'insufficientPermissions' }] },
    })
  })

  test('an id can be used once: 409 fileIdInUse, no second file (facts 2.2, rule 9)', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    const id = await generateId(url, tokens)
    expect(await json(uploadMultipart(url, tokens, { id, name: 'one' }, PNG))).toMatchObject({ id })
    // Larger than what the sockets hold: the refusal has to get through while the body is still coming.
    const again = await uploadMultipart(url, tokens, { id, name: 'two' }, makeBytes(3_000_000))
    expect(again.status).toBe(409)
    expect(await again.json()).toMatchObject({
      error: { code: 409, errors: [{ domain: 'global', reason: 'fileIdInUse' }] },
    })
    const { google } = await json(request(`${url}/state`))
    expect(google).toMatchObject({ files: [{ id, name: 'one' }] })
  })

  test('of two uploads with one id at the same moment one makes the file', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    const id = await generateId(url, tokens)
    const answers = await Promise.all([1, 2, 3].map(() => uploadMultipart(url, tokens, { id }, makeBytes(400_000))))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409])
  })

  test('an id that Drive did not generate is not usable', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    const response = await uploadMultipart(url, tokens, { id: `1${'a'.repeat(32)}` }, PNG)
    expect(response.status).toBe(400)
  })

  test('a connection that breaks in the middle makes no file', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    await new Promise<void>((resolve) => {
      const headers = { ...bearer(tokens), 'content-type': 'image/png', 'content-length': 1_000_000 }
      const sent = httpRequest(uploadUrl(url, 'uploadType=media'), { method: 'POST', headers })
      sent.on('error', () => resolve())
      sent.write(makeBytes(400_000), () => setTimeout(() => sent.destroy(new Error('gone')), 50))
    })
    expect(await json(request(`${url}/state`))).toMatchObject({ google: { files: [] } })
  })

  test('fault drive_full: 403 storageQuotaExceeded, once', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    await misbehave(url, { provider: 'google', kind: 'drive_full' })
    const full = await uploadMultipart(url, tokens, {}, PNG)
    expect(full.status).toBe(403)
    expect(await full.json()).toMatchObject({ error: { errors: [{ reason: 'storageQuotaExceeded' }] } })
    expect((await uploadMultipart(url, tokens, {}, PNG)).status).toBe(200)
  })
})
