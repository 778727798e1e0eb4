import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createSandbox } from './index.ts'

const USAGE = 'usage: main.ts --state <dir> [--port 3001] [--base-url http://127.0.0.1:3001] [--leash]'

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string', default: '3001' },
      state: { type: 'string' },
      'base-url': { type: 'string' },
      leash: { type: 'boolean', default: false },
    },
  })
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error(`--port ${values.port} is not a port`)
  if (values.state === undefined) throw new Error('--state is missing')
  const baseUrl = values['base-url']
  if (baseUrl !== undefined && !/^https?:\/\//.test(baseUrl)) throw new Error(`--base-url ${baseUrl} is not a URL`)
  return { port, state: values.state, baseUrl, leash: values.leash }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && error.code === 'EADDRINUSE' ? 'sandbox: the port is taken' : `sandbox: ${error.message}`
}

const PATIENCE_MS = 2000

/** One that was killed with its owner needs a moment to let go of port and folder. */
async function createPatiently(options: Parameters<typeof createSandbox>[0]) {
  for (const end = performance.now() + PATIENCE_MS; ; await sleep(50)) {
    try {
      return await createSandbox(options)
    } catch (error) {
      if (performance.now() > end) throw error
    }
  }
}

async function main(args: string[]) {
  let options: ReturnType<typeof readOptions>
  try {
    options = readOptions(args)
  } catch (error) {
    console.error(`${reasonOf(error)}\n${USAGE}`)
    process.exit(2)
  }
  const { leash, ...rest } = options
  const sandbox = await createPatiently(rest)
  const stop = async () => {
    await sandbox.close()
    process.exit(0)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  if (leash) process.stdin.resume().once('end', stop).once('error', stop)
  console.log(JSON.stringify({ ready: sandbox.url }))
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(reasonOf(error))
  process.exit(1)
})
