/**
 * A process that owns an embedded PostgreSQL, for the tests: `node owner.fixture.ts <directory> [<binaries>]`.
 * It prints one line of JSON when started (or refused), one when the server died, and ends by `stop` on its stdin.
 * On SIGINT it takes its time, as a server that drains does, and then tells whether the database still answers.
 */
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { StartError } from '#base'
import { startEmbeddedPostgres } from './index.ts'

const [, , directory = '', binaries] = process.argv
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)

try {
  const started = await startEmbeddedPostgres({ directory, log: silent, ...(binaries ? { binaries } : {}) })
  const { port, pid, mode } = started
  started.died.then((died) => say({ died }))
  process.on('SIGINT', async () => {
    await sleep(400)
    const client = new pg.Client({ connectionString: started.url.reveal() })
    await client.connect()
    const { rows } = await client.query('select 1 as one')
    await client.end()
    say({ drained: rows })
    await started.stop()
    process.exit(0)
  })
  createInterface({ input: process.stdin }).on('line', async () => {
    await started.stop()
    process.exit(0)
  })
  say({ port, pid, mode, uid: process.getuid?.(), url: started.url.reveal() })
} catch (error) {
  if (!(error instanceof StartError)) throw error
  say({ refused: error.message })
  process.exitCode = 1
}
