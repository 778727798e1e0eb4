import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { Failure } from '#base'
import { failureOf } from '#testing'
import { losesAnswer, openTestDrive, refusesWith } from './drive.fixture.ts'
import { createDrive, type DriveUpload } from './drive.ts'

const MB = 1_000_000
const noWait = { wait: async () => {} }

function upload(bytes: Buffer, more: Partial<DriveUpload> = {}): DriveUpload {
  const file = { name: 'cat.jpg', type: 'image/jpeg', size: bytes.length, stream: () => Readable.from(pieces(bytes)) }
  return { id: 'reserved', file, ...more }
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

/** Keeps a session URI as the sealed row does. */
function resumePoint(uri?: string) {
  const kept = { uri }
  const save = async (saved: string) => {
    kept.uri = saved
  }
  return { kept, load: async () => kept.uri, save }
}

test('newFileId reserves an id, about tells whose Drive it is and how full', async () => {
  await using there = await openTestDrive()
  const drive = createDrive(there.account)
  expect(await drive.newFileId()).toBe('id1')
  expect(await drive.about()).toEqual({
    user: { displayName: 'Ana', emailAddress: 'ana@example.com' },
    storageQuota: { limit: 16_106_127_360, usage: 1024 },
  })
})

describe('a file of up to 5 MB', () => {
  test('goes with its metadata in one multipart/related request of known length', async () => {
    await using there = await openTestDrive()
    const bytes = randomBytes(300_000)
    const progress: number[] = []
    const saved = await createDrive(there.account).upload(
      upload(bytes, { description: 'A Bengal — "meow"', progress: (sent, total) => progress.push(sent / total) }),
    )
    expect(saved).toEqual({
      id: 'reserved',
      name: 'cat.jpg',
      size: 300_000,
      webViewLink: 'https://drive.google.com/file/d/reserved/view',
    })
    expect(there.files.get('reserved')).toEqual({
      bytes,
      metadata: { id: 'reserved', name: 'cat.jpg', mimeType: 'image/jpeg', description: 'A Bengal — "meow"' },
    })
    const [call] = there.calls
    expect(there.calls).toHaveLength(1)
    expect(call?.path).toContain('uploadType=multipart')
    expect(call?.headers).toMatchObject({ 'content-length': String(call?.body.length) })
    expect(progress.at(-1)).toBe(1)
  })

  test('whose answer was lost is found by its id when the upload is repeated, not saved twice', async () => {
    await using there = await openTestDrive()
    const drive = createDrive(there.account)
    const one = upload(randomBytes(1000))
    there.next.push(losesAnswer(there))
    expect((await failureOf(drive.upload(one))).data.kind).toBe('transient')
    expect(await drive.upload(one)).toMatchObject({ id: 'reserved', size: 1000 })
    expect(there.files.size).toBe(1)
    expect(there.calls.map((call) => call.method)).toEqual(['POST', 'POST', 'GET'])
  })

  test('whose id holds other bytes is not taken for saved', async () => {
    await using there = await openTestDrive()
    const drive = createDrive(there.account)
    await drive.upload(upload(randomBytes(1000)))
    expect((await failureOf(drive.upload(upload(randomBytes(1000))))).data.code).toBe('drive_file_differs')
  })

  test('with a wildcard for a type is sent as octet-stream (files.create: a concrete type)', async () => {
    await using there = await openTestDrive()
    const one = upload(Buffer.from('x'))
    await createDrive(there.account).upload({ ...one, file: { ...one.file, type: 'image/*' } })
    expect(there.files.get('reserved')?.metadata['mimeType']).toBe('application/octet-stream')
  })

  test('whose source fails hands that failure on', async () => {
    await using there = await openTestDrive()
    const missing = new Failure({ kind: 'refused', code: 'file_missing', message: 'x' })
    const stream = () =>
      Readable.from(
        (async function* () {
          yield Buffer.from('a')
          throw missing
        })(),
      )
    const file = { name: 'cat.jpg', type: 'image/jpeg', size: 10, stream }
    expect(await failureOf(createDrive(there.account).upload({ id: 'a', file }))).toBe(missing)
  })
})

describe('bytes alone', () => {
  test('go by uploadType=media with their type and length, and are called Untitled', async () => {
    await using there = await openTestDrive()
    const bytes = randomBytes(70_000)
    const { file } = upload(bytes)
    const saved = await createDrive(there.account).uploadMedia({ file })
    expect(saved).toMatchObject({ name: 'Untitled', size: 70_000 })
    const [call] = there.calls
    expect(call?.path).toContain('uploadType=media')
    expect(call?.headers).toMatchObject({ 'content-type': 'image/jpeg', 'content-length': '70000' })
    expect(call?.body.equals(bytes)).toBe(true)
  })

  test('of more than 5 MB are refused before anything is sent', async () => {
    await using there = await openTestDrive()
    const { file } = upload(Buffer.alloc(1))
    const failure = await failureOf(createDrive(there.account).uploadMedia({ file: { ...file, size: 5_000_001 } }))
    expect(failure.data.code).toBe('drive_refused')
    expect(there.calls).toEqual([])
  })
})

describe('a file of more than 5 MB', () => {
  const bytes = randomBytes(20 * MB)

  test('goes in chunks of a multiple of 256 KiB', async () => {
    await using there = await openTestDrive()
    const resume = resumePoint()
    const progress: number[] = []
    const more = { resume, progress: (sent: number) => progress.push(sent) }
    expect(await createDrive(there.account, noWait).upload(upload(bytes, more))).toMatchObject({ size: 20 * MB })
    expect(there.files.get('reserved')?.bytes.equals(bytes)).toBe(true)
    const [start, ...chunks] = there.calls
    expect(start?.headers).toMatchObject({
      'x-upload-content-type': 'image/jpeg',
      'x-upload-content-length': '20000000',
    })
    expect(chunks.map((call) => call.headers['content-range'])).toEqual([
      'bytes 0-8388607/20000000',
      'bytes 8388608-16777215/20000000',
      'bytes 16777216-19999999/20000000',
    ])
    expect(chunks.slice(0, -1).every((call) => call.body.length % 262_144 === 0)).toBe(true)
    expect(progress).toEqual([8_388_608, 16_777_216, 20 * MB])
    expect(resume.kept.uri).toContain('upload_id=secret-1')
  })

  test('of which Drive keeps less than was sent goes on after what it kept', async () => {
    await using there = await openTestDrive()
    there.limits.kept = 5 * 262_144
    await createDrive(there.account, noWait).upload(upload(bytes))
    expect(there.files.get('reserved')?.bytes.equals(bytes)).toBe(true)
  })

  test('survives a lost connection, a lost answer and a 503: it asks how far it got', async () => {
    await using there = await openTestDrive()
    there.next.push((call, response) => there.answer(call, response))
    there.next.push(() => 'hang up')
    there.next.push((call, response) => there.answer(call, response))
    there.next.push(losesAnswer(there))
    there.next.push(refusesWith(503, 'backendError'))
    await createDrive(there.account, noWait).upload(upload(bytes))
    expect(there.files.get('reserved')?.bytes.equals(bytes)).toBe(true)
    expect(there.sessions.size).toBe(1)
    expect(there.calls.map((call) => call.headers['content-range'])).toContain('bytes */20000000')
  })

  test('whose last answer was lost is found finished by the status query', async () => {
    await using there = await openTestDrive()
    for (let n = 0; n < 3; n += 1) there.next.push((call, response) => there.answer(call, response))
    there.next.push(losesAnswer(there))
    expect(await createDrive(there.account, noWait).upload(upload(bytes))).toMatchObject({ id: 'reserved' })
    expect(there.files.size).toBe(1)
  })

  test('goes on after a restart in the session that was kept', async () => {
    await using there = await openTestDrive()
    const resume = resumePoint()
    const drive = createDrive(there.account, noWait)
    there.next.push((call, response) => there.answer(call, response))
    there.next.push((call, response) => there.answer(call, response))
    for (let n = 0; n < 4; n += 1) there.next.push(() => 'hang up')
    expect((await failureOf(drive.upload(upload(bytes, { resume })))).data.kind).toBe('transient')
    const before = there.calls.length
    await drive.upload(upload(bytes, { resume }))
    expect(there.files.get('reserved')?.bytes.equals(bytes)).toBe(true)
    expect(there.sessions.size).toBe(1)
    expect(there.calls.slice(before).map((call) => call.headers['content-range'])).toEqual([
      'bytes */20000000',
      'bytes 8388608-16777215/20000000',
      'bytes 16777216-19999999/20000000',
    ])
  })

  test('begins again when the session is gone (404 after a week)', async () => {
    await using there = await openTestDrive()
    const gone = `${there.origin}/upload/drive/v3/files?upload_id=gone`
    const resume = resumePoint(gone)
    await createDrive(there.account, noWait).upload(upload(bytes, { resume }))
    expect(there.files.get('reserved')?.bytes.equals(bytes)).toBe(true)
    expect(resume.kept.uri).toContain('secret-1')
  })

  test('that an earlier try finished is found by its id', async () => {
    await using there = await openTestDrive()
    const drive = createDrive(there.account, noWait)
    await drive.upload(upload(bytes))
    expect(await drive.upload(upload(bytes))).toMatchObject({ id: 'reserved', size: 20 * MB })
    expect(there.sessions.size).toBe(1)
  })

  test('never shows its session URI, which opens it to everybody, in a failure', async () => {
    await using there = await openTestDrive()
    there.next.push((call, response) => there.answer(call, response))
    for (let n = 0; n < 4; n += 1) there.next.push(() => 'hang up')
    const failure = await failureOf(createDrive(there.account, noWait).upload(upload(bytes)))
    const told = [JSON.stringify(failure.data), failure.hint, failure.stack, String(failure.cause)].join()
    expect(told).not.toMatch(/secret-1|upload_id/)
  })

  test('stops when its signal fires', async () => {
    await using there = await openTestDrive()
    const controller = new AbortController()
    there.next.push((call, response) => {
      there.answer(call, response)
      controller.abort()
    })
    const failure = await failureOf(
      createDrive(there.account, noWait).upload(upload(bytes, { signal: controller.signal })),
    )
    expect(failure.data.kind).toBe('cancelled')
    expect(there.files.size).toBe(0)
  })
})

describe('what Drive says when it refuses', () => {
  test.each([
    ['appNotAuthorizedToFile', 'status 403, appNotAuthorizedToFile'],
    ['ya29.secret-1', 'status 403, no known reason'],
    ['x'.repeat(61), 'status 403, no known reason'],
  ])('goes into the log as a word of its list only, without its message (%s → %s)', async (reason, hint) => {
    await using there = await openTestDrive()
    there.next.push(refusesWith(403, reason))
    const failure = await failureOf(createDrive(there.account).upload(upload(Buffer.from('x'))))
    expect(failure.hint).toBe(hint)
    expect([JSON.stringify(failure.data), failure.stack, String(failure.cause)].join()).not.toContain('secret-1')
  })

  test.each([
    [403, 'storageQuotaExceeded', {}, { kind: 'refused', code: 'drive_full' }],
    [403, 'userRateLimitExceeded', {}, { kind: 'rate_limited', code: 'drive_rate_limited', retryAfter: 15 }],
    [403, 'rateLimitExceeded', { 'retry-after': '3' }, { code: 'drive_rate_limited', retryAfter: 3 }],
    [429, 'rateLimitExceeded', {}, { code: 'drive_rate_limited' }],
    [403, 'dailyLimitExceeded', {}, { code: 'drive_rate_limited', retryAfter: 3600 }],
    [
      403,
      'insufficientPermissions',
      {},
      { kind: 'missing_scope', code: 'drive_permission_missing', connectionId: 'connection-1' },
    ],
    [401, 'authError', {}, { kind: 'needs_reconnect', code: 'drive_reconnect_needed', connectionId: 'connection-1' }],
    [403, 'accessNotConfigured', {}, { kind: 'refused', code: 'drive_not_enabled' }],
    [403, 'domainPolicy', {}, { kind: 'refused', code: 'drive_blocked' }],
    [403, 'appNotAuthorizedToFile', {}, { kind: 'refused', code: 'drive_refused' }],
    [400, 'badRequest', {}, { kind: 'refused', code: 'drive_refused' }],
    [500, 'backendError', {}, { kind: 'transient', code: 'drive_unavailable' }],
  ])('%i %s %o', async (status, reason, headers, data) => {
    await using there = await openTestDrive()
    there.next.push(refusesWith(status, reason, headers))
    expect((await failureOf(createDrive(there.account).upload(upload(Buffer.from('x'))))).data).toMatchObject(data)
  })

  test.each([
    ['a page instead of JSON', '<html>'],
    ['JSON of another form', '{"kind":"drive#file"}'],
  ])('%s with status 200 is tried again', async (_, body) => {
    await using there = await openTestDrive()
    there.next.push((_call, response) => void response.end(body))
    expect((await failureOf(createDrive(there.account).newFileId())).data).toMatchObject({
      kind: 'transient',
      code: 'drive_unavailable',
    })
  })

  test('a page instead of JSON with status 502 is tried again', async () => {
    await using there = await openTestDrive()
    there.next.push((_, response) => void response.writeHead(502).end('<html>'))
    expect((await failureOf(createDrive(there.account).newFileId())).data.code).toBe('drive_unavailable')
  })
})
