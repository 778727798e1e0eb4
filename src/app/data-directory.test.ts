import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StartError } from '#base'
import { prepareDataDirectory } from './data-directory.ts'

let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'trivet-data-'))
})
afterEach(() => rmSync(parent, { recursive: true, force: true }))

test('is made with all folders above it, and for us alone', async () => {
  const directory = join(parent, 'new', 'data')
  await prepareDataDirectory(directory)
  expect((statSync(directory).mode & 0o777).toString(8)).toBe('700')
  await prepareDataDirectory(directory)
})

test('with a file in the way stops the start, and says what to do', async () => {
  writeFileSync(join(parent, 'data'), 'mine')
  const refused = prepareDataDirectory(join(parent, 'data', 'deeper'))
  await expect(refused).rejects.toBeInstanceOf(StartError)
  await expect(refused).rejects.toThrow(/data directory .* a file of that name is in the way\. Move it/)
})

test('on a volume that is not mounted stops the start, and says what to do', async () => {
  symlinkSync(join(parent, 'unmounted volume'), join(parent, 'data'))
  await expect(prepareDataDirectory(join(parent, 'data'))).rejects.toThrow(/data directory .*TRIVET_DATA_DIR/)
})
