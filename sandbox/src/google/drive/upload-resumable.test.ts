import { createHash } from 'node:crypto'
import { connect as connectSocket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { GRAIN, generateId, makeBytes, putChunk, startResumable } from '../../testing/drive.ts'
import { bearer, connect, json, request, startSandbox } from '../../testing/index.ts'

const DAY = 24 * 3600 * 1000
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex')
const BYTES = makeBytes(2 * GRAIN + 1000)
const TOTAL = BYTES.length

async function start(metadata: unknown = { name: 'cat.png' }) {
  const { url } = await startSandbox()
  const tokens = await connect(url)
  return { url, tokens, session: await startResumable(url, tokens, metadata, TOTAL) }
}

/** Sends the head and the first bytes of a PUT, then cuts the line. */
function breakOff(session: string, sent: Buffer, range: string, declared: number): Promise<void> {
  const { host, hostname, port, pathname, search } = new URL(session)
  return new Promise((resolve) => {
    const socket = connectSocket(Number(port), hostname, () => {
      socket.write(
        `PUT ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nContent-Range: ${range}\r\nContent-Length: ${declared}\r\n\r\n`,
      )
      socket.write(sent, () => setTimeout(() => socket.destroy(), 50))
    })
    socket.on('close', () => resolve())
  })
}

describe('a session', () => {
  test('takes the whole body at once', async () => {
    const { session } = await start()
    const response = await putChunk(session, BYTES)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ name: 'cat.png', mimeType: 'image/png', md5Checksum: md5(BYTES) })
  })

  test('takes chunks: 308 with Range until the last, then 200', async () => {
    const { session } = await start()
    const first = await putChunk(session, BYTES.subarray(0, GRAIN), `bytes 0-${GRAIN - 1}/${TOTAL}`)
    expect(first.status).toBe(308)
    expect(first.headers.get('range')).toBe(`bytes=0-${GRAIN - 1}`)
    const rest = await putChunk(session, BYTES.subarray(GRAIN), `bytes ${GRAIN}-${TOTAL - 1}/${TOTAL}`)
    expect(await rest.json()).toMatchObject({ md5Checksum: md5(BYTES) })
  })

  test('takes chunks of an unknown total (*)', async () => {
    const { session } = await start()
    expect((await putChunk(session, BYTES.subarray(0, 2 * GRAIN), `bytes 0-${2 * GRAIN - 1}/*`)).status).toBe(308)
    const last = await putChunk(session, BYTES.subarray(2 * GRAIN), `bytes ${2 * GRAIN}-${TOTAL - 1}/${TOTAL}`)
    expect(await last.json()).toMatchObject({ md5Checksum: md5(BYTES) })
  })

  test.each(['bytes */*', '*/*', `bytes */${TOTAL}`, `*/${TOTAL}`])('answers the status query %s', async (range) => {
    const { session } = await start()
    const empty = await putChunk(session, Buffer.alloc(0), range)
    expect(empty.status).toBe(308)
    expect(empty.headers.get('range')).toBeNull()
    await putChunk(session, BYTES.subarray(0, GRAIN), `bytes 0-${GRAIN - 1}/${TOTAL}`)
    expect((await putChunk(session, Buffer.alloc(0), range)).headers.get('range')).toBe(`bytes=0-${GRAIN - 1}`)
    await putChunk(session, BYTES.subarray(GRAIN), `bytes ${GRAIN}-${TOTAL - 1}/${TOTAL}`)
    const done = await putChunk(session, Buffer.alloc(0), range)
    expect(done.status).toBe(200)
    expect(await done.json()).toMatchObject({ md5Checksum: md5(BYTES) })
  })

  test('a broken connection keeps whole grains of 256 KiB, and the upload goes on from there', async () => {
    const { session, url } = await start()
    await breakOff(session, BYTES.subarray(0, GRAIN + 5000), `bytes 0-${TOTAL - 1}/${TOTAL}`, TOTAL)
    const status = await putChunk(session, Buffer.alloc(0), `bytes */${TOTAL}`)
    expect(status.headers.get('range')).toBe(`bytes=0-${GRAIN - 1}`)
    const rest = await putChunk(session, BYTES.subarray(GRAIN), `bytes ${GRAIN}-${TOTAL - 1}/${TOTAL}`)
    expect(await rest.json()).toMatchObject({ md5Checksum: md5(BYTES) })
    expect(await json(request(`${url}/state`))).toMatchObject({ google: { files: [{ size: TOTAL }] } })
  })

  test('a status query while an older request still hangs ends that one', async () => {
    const { session } = await start()
    const { host, hostname, port, pathname, search } = new URL(session)
    const socket = connectSocket(Number(port), hostname)
    socket.write(
      `PUT ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nContent-Range: bytes 0-${TOTAL - 1}/${TOTAL}\r\nContent-Length: ${TOTAL}\r\n\r\n`,
    )
    await new Promise((resolve) => socket.write(BYTES.subarray(0, GRAIN + 10), resolve))
    await new Promise((resolve) => setTimeout(resolve, 100))
    const status = await putChunk(session, Buffer.alloc(0), `bytes */${TOTAL}`)
    expect(status.headers.get('range')).toBe(`bytes=0-${GRAIN - 1}`)
    socket.destroy()
    const rest = await putChunk(session, BYTES.subarray(GRAIN), `bytes ${GRAIN}-${TOTAL - 1}/${TOTAL}`)
    expect(await rest.json()).toMatchObject({ md5Checksum: md5(BYTES) })
  })

  test('a chunk that repeats stored bytes adds only what is new; one that leaves a gap adds nothing', async () => {
    const { session } = await start()
    await putChunk(session, BYTES.subarray(0, GRAIN), `bytes 0-${GRAIN - 1}/${TOTAL}`)
    const gap = await putChunk(session, BYTES.subarray(2 * GRAIN), `bytes ${2 * GRAIN}-${TOTAL - 1}/${TOTAL}`)
    expect(gap.headers.get('range')).toBe(`bytes=0-${GRAIN - 1}`)
    const again = await putChunk(session, BYTES, `bytes 0-${TOTAL - 1}/${TOTAL}`)
    expect(await again.json()).toMatchObject({ md5Checksum: md5(BYTES) })
  })

  test('survives a restart of the sandbox', async () => {
    const first = await startSandbox()
    const tokens = await connect(first.url)
    const session = await startResumable(first.url, tokens, { name: 'x' }, TOTAL)
    await putChunk(session, BYTES.subarray(0, GRAIN), `bytes 0-${GRAIN - 1}/${TOTAL}`)
    await first.close()
    const second = await startSandbox({ state: first.state })
    const moved = session.replace(first.url, second.url)
    expect((await putChunk(moved, Buffer.alloc(0), '*/*')).headers.get('range')).toBe(`bytes=0-${GRAIN - 1}`)
    const rest = await putChunk(moved, BYTES.subarray(GRAIN), `bytes ${GRAIN}-${TOTAL - 1}/${TOTAL}`)
    expect(await rest.json()).toMatchObject({ md5Checksum: md5(BYTES) })
  })
})

describe('refusals', () => {
  test.each([
    ['a chunk that is no multiple of 256 KiB', 1000, `bytes 0-999/${TOTAL}`],
    ['another total than declared', GRAIN, `bytes 0-${GRAIN - 1}/${TOTAL + 1}`],
    ['a range that ends before it begins', GRAIN, `bytes 10-9/${TOTAL}`],
    ['a range beyond the total', GRAIN, `bytes 0-${TOTAL}/${TOTAL}`],
    ['a body longer than its range', 2 * GRAIN, `bytes 0-${GRAIN - 1}/${TOTAL}`],
    ['a range of no known form', GRAIN, '0-5'],
    ['a whole body shorter than declared', 1000, undefined],
  ])('%s is 400', async (_name, size, range) => {
    const { session, url } = await start()
    expect((await putChunk(session, BYTES.subarray(0, size), range)).status).toBe(400)
    expect(await json(request(`${url}/state`))).toMatchObject({ google: { files: [] } })
  })

  test('after a week the session is 404 (facts 2.2, rule 7)', async () => {
    let time = Date.now()
    const { url } = await startSandbox({ now: () => time })
    const session = await startResumable(url, await connect(url), {}, TOTAL)
    time += 7 * DAY + 1
    expect((await putChunk(session, Buffer.alloc(0), '*/*')).status).toBe(404)
  })

  test('a taken id is 409 at the start, and at the end if somebody was faster', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    const id = await generateId(url, tokens)
    const [slow, fast] = [await startResumable(url, tokens, { id }), await startResumable(url, tokens, { id })]
    expect((await putChunk(fast, BYTES)).status).toBe(200)
    expect((await putChunk(slow, BYTES)).status).toBe(409)
    await expect(startResumable(url, tokens, { id })).rejects.toThrow('409')
  })

  test('a cancelled session is gone', async () => {
    const { session, url, tokens } = await start()
    expect((await request(session, { method: 'DELETE', headers: bearer(tokens) })).status).toBe(499)
    expect((await putChunk(session, BYTES)).status).toBe(404)
    expect(await json(request(`${url}/state`))).toMatchObject({ google: { files: [] } })
  })

  test('a start without a token is 401; the session itself needs none', async () => {
    const { url, session } = await start()
    const response = await request(`${url}/google/upload/drive/v3/files?uploadType=resumable`, { method: 'POST' })
    expect(response.status).toBe(401)
    expect((await putChunk(session, BYTES)).status).toBe(200)
  })
})
