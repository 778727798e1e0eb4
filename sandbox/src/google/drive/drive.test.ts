import { describe, expect, test } from 'vitest'
import { generateId, uploadMultipart } from '../../testing/drive.ts'
import { bearer, connect, json, request, startSandbox, type Tokens } from '../../testing/index.ts'
import { applyMask, parseMask } from './fields.ts'

const BYTES = Buffer.from('ffd8ffe000104a46', 'hex')

async function idOf(url: string, tokens: Tokens, metadata: unknown): Promise<string> {
  return String((await json(uploadMultipart(url, tokens, metadata, BYTES)))['id'])
}

const get = (url: string, path: string, tokens: Tokens) =>
  request(`${url}/google/drive/v3/${path}`, { headers: bearer(tokens) })

describe('fields', () => {
  const file = { id: '1', name: 'n', user: { a: 1, b: 2 }, files: [{ id: '2', size: '3' }] }

  test.each([
    ['id', { id: '1' }],
    ['id,name', { id: '1', name: 'n' }],
    ['user/a', { user: { a: 1 } }],
    ['user(a,b),id', { id: '1', user: { a: 1, b: 2 } }],
    ['files(id)', { files: [{ id: '2' }] }],
    ['files/id', { files: [{ id: '2' }] }],
    ['*', file],
    ['absent', {}],
  ])('%s', (mask, kept) => {
    expect(applyMask(file, parseMask(mask))).toEqual(kept)
  })

  test.each(['', 'id,', 'user(a', 'a b', 'user/', '(a)'])('%s is 400', (mask) => {
    expect(() => parseMask(mask)).toThrow('Invalid field selection')
  })

  test('by default kind, id, name and mimeType; a field Drive does not know is 400 (facts 2.4)', async () => {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    const id = await idOf(url, tokens, { name: 'cat.jpg' })
    const usual = { kind: 'drive#file', id, name: 'cat.jpg', mimeType: 'image/jpeg' }
    expect(await json(get(url, `files/${id}`, tokens))).toEqual(usual)
    expect(await json(get(url, `files/${id}?fields=size,webViewLink`, tokens))).toEqual({
      size: '8',
      webViewLink: `${url}/google/drive/files/${id}`,
    })
    expect((await get(url, `files/${id}?fields=nonsense`, tokens)).status).toBe(400)
  })
})

test('generateIds: as many as asked, all different; 1 to 1000', async () => {
  const { url } = await startSandbox()
  const tokens = await connect(url)
  const answer = await json(get(url, 'files/generateIds?count=5&space=drive', tokens))
  expect(answer).toMatchObject({ kind: 'drive#generatedIds', space: 'drive' })
  expect(new Set(answer['ids'] as string[]).size).toBe(5)
  expect((await get(url, 'files/generateIds?count=1001', tokens)).status).toBe(400)
})

test('ids handed out before a reset stay usable', async () => {
  const { url } = await startSandbox()
  const id = await generateId(url, await connect(url))
  await request(`${url}/state`, { method: 'DELETE' })
  expect(await idOf(url, await connect(url), { id })).toBe(id)
})

test('about needs fields, and tells the person and the space used', async () => {
  const { url } = await startSandbox()
  const tokens = await connect(url)
  await idOf(url, tokens, {})
  expect((await get(url, 'about', tokens)).status).toBe(400)
  expect(await json(get(url, 'about?fields=user(emailAddress),storageQuota(usage)', tokens))).toEqual({
    user: { emailAddress: 'ana@example.com' },
    storageQuota: { usage: '8' },
  })
})

test('nobody sees the files of others: 404 notFound', async () => {
  const { url } = await startSandbox()
  const id = await idOf(url, await connect(url), {})
  const response = await get(url, `files/${id}`, await connect(url, {}, 'bob'))
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ error: { errors: [{ reason: 'notFound' }] } })
})

describe('list', () => {
  async function filled() {
    const { url } = await startSandbox()
    const tokens = await connect(url)
    for (const name of ['one.jpg', "two's and three.jpg", 'four.jpg']) {
      await idOf(url, tokens, { name, appProperties: { run: name.slice(0, 3) } })
    }
    const names = async (query: Record<string, string>) => {
      const { files } = await json(get(url, `files?${new URLSearchParams(query)}`, tokens))
      return (files as { name: string }[]).map(({ name }) => name)
    }
    return { url, tokens, names }
  }

  test.each([
    ["name = 'one.jpg' and trashed = false", ['one.jpg']],
    ["name = 'two\\'s and three.jpg'", ["two's and three.jpg"]],
    ["name contains 'three' and 'root' in parents", ["two's and three.jpg"]],
    ["appProperties has { key='run' and value='fou' } and mimeType = 'image/jpeg'", ['four.jpg']],
    ['trashed = true', []],
  ])('q: %s', async (q, expected) => {
    expect(await (await filled()).names({ q })).toEqual(expected)
  })

  test('a search in no known form is 400', async () => {
    const { url, tokens } = await filled()
    expect((await get(url, `files?${new URLSearchParams({ q: 'name ~ x' })}`, tokens)).status).toBe(400)
  })

  test('pages, newest first', async () => {
    const { url, tokens } = await filled()
    const first = await json(get(url, 'files?pageSize=2', tokens))
    expect(first).toMatchObject({ nextPageToken: '2', files: [{ name: 'four.jpg' }, {}] })
    const second = await json(get(url, 'files?pageSize=2&pageToken=2', tokens))
    expect(second).toMatchObject({ files: [{ name: 'one.jpg' }] })
    expect(second).not.toHaveProperty('nextPageToken')
  })
})

describe('the pages of a Drive', () => {
  test('show the file with its picture, name and facts, escaped', async () => {
    const { url } = await startSandbox()
    const id = await idOf(url, await connect(url), { name: '<b>cat</b>.jpg', description: 'A & B' })
    const page = await (await request(`${url}/google/drive?account=ana@example.com`)).text()
    expect(page).toContain('&lt;b&gt;cat&lt;/b&gt;.jpg')
    expect(page).toContain('A &amp; B')
    expect(page).toContain(`src="/google/drive/files/${id}/content"`)
    expect(page).toContain(id)
    expect((await request(`${url}/google/drive/files/${id}`)).status).toBe(200)
    expect((await request(`${url}/google/drive/files/nothing`)).status).toBe(404)
    const bob = await (await request(`${url}/google/drive?account=bob@example.com`)).text()
    expect(bob).not.toContain(id)
  })

  test('uploaded bytes never act as a page', async () => {
    const { url } = await startSandbox()
    const id = await idOf(url, await connect(url), { name: 'x.html', mimeType: 'text/html' })
    const { headers } = await request(`${url}/google/drive/files/${id}/content`)
    expect(headers.get('content-type')).toBe('application/octet-stream')
    expect(headers.get('content-disposition')).toMatch(/^attachment/)
    expect(headers.get('content-security-policy')).toContain('sandbox')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })
})
