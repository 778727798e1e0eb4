import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startEmbeddedPostgres } from '#database'
import { silentLog } from '#testing'
import { createDesk } from './desk.fixture.ts'

const names = ({ users }: { users: readonly { username: string }[] }) => users.map(({ username }) => username)

it('the embedded database is used alone, and through the server that runs on it', async () => {
  const { workingDirectory, run, json } = await createDesk({})
  await run('user create ana')

  const directory = join(workingDirectory, '.trivet/postgres')
  const running = await startEmbeddedPostgres({ directory, log: silentLog })
  onTestFinished(() => running.stop())
  await run('user create ben')
  expect(names(await json('user list'))).toEqual(['ana', 'ben'])
  await running.stop()

  expect(names(await json('user list'))).toEqual(['ana', 'ben'])
}, 60_000)

it('while the process that has the directory is not ready, it says so', async () => {
  const { workingDirectory, run } = await createDesk({})
  await run('user list')
  const directory = join(workingDirectory, '.trivet/postgres')
  const running = await startEmbeddedPostgres({ directory, log: silentLog })
  onTestFinished(() => running.stop())
  await rm(join(directory, 'cluster/port'))
  await expect(run('user list')).rejects.toThrow(`in use by another Trivet process (pid ${process.pid})`)
}, 60_000)
