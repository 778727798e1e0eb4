import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { describeError, type Log, StartError } from '#base'
import { type Config, loadConfig, type ProviderSource, readEnvironment } from '#config'
import { createBasePath } from '#http'
import { type App, createApp } from './app.ts'

/** From package.json, put here by the build. */
declare const TRIVET_VERSION: string

/** What is left of a shutdown once the answers have ended; if longer it is cut short: everything is made to survive that. */
const CLOSE_MS = 15_000
/** `npm` hands the signal of a terminal on to whom the terminal has sent it as well. */
const SAME_SIGNAL_MS = 300

/** `trivet serve`: one process from settings to signals. Exit codes: 0 asked to stop, 1 could not start or go on. */
export async function serve(overrides: Readonly<Record<string, string>>, builtDirectory: string): Promise<void> {
  const began = performance.now()
  const config = loadConfig({ ...readEnvironment(process.cwd()), ...overrides }, process.cwd())
  const log = pino({ level: config.logLevel, serializers: { err: describeError } })
  const app = await createApp(config, log, { directory: builtDirectory, version: TRIVET_VERSION })
  const stop = stopper(app, log, config.stop.timeoutSeconds)
  // Who presses Ctrl-C has nobody in front of the server who would have to look elsewhere first.
  process.on('SIGINT', () => stop({ code: 0, delaySeconds: 0, signal: 'SIGINT' }))
  process.on('SIGTERM', () => stop({ code: 0, delaySeconds: config.stop.delaySeconds, signal: 'SIGTERM' }))
  void app.broken.then((reason) => {
    log.error({ reason }, 'Trivet cannot go on; stopping. Start it again: nothing that was stored is lost.')
    stop({ code: 1, delaySeconds: 0 })
  })
  try {
    await app.server.listen({ port: config.port, host: config.host })
  } catch (error) {
    await app.close()
    throw cannotListen(config, error)
  }
  announce(config, app, performance.now() - began)
  // Not before it listens: the link is made only once.
  await announceSetup(app)
}

type Stop = {
  readonly code: number
  readonly delaySeconds: number
  readonly signal?: 'SIGINT' | 'SIGTERM'
}

function stopper(app: App, log: Log, timeoutSeconds: number): (how: Stop) => void {
  let first: (Stop & { readonly at: number }) | undefined
  const end = async ({ code, delaySeconds, signal }: Stop) => {
    log.info({ signal, delaySeconds, timeoutSeconds }, 'Trivet stops')
    app.leave()
    await sleep(delaySeconds * 1000)
    setTimeout(() => process.exit(1), timeoutSeconds * 1000 + CLOSE_MS)
    await app.close()
    log.info({ signal, code }, 'Trivet has stopped')
    process.exit(code)
  }
  return (how) => {
    const at = performance.now()
    if (first) {
      // Asked again it ends at once, as a person who presses Ctrl-C twice expects. `trivet dev` says SIGTERM to a child
      // that the terminal has told already.
      const insists = how.signal === 'SIGINT' || (how.signal !== undefined && how.signal === first.signal)
      if (insists && at - first.at > SAME_SIGNAL_MS) process.exit(1)
      return
    }
    first = { ...how, at }
    void end(how)
  }
}

function cannotListen(config: Config, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const where = `${config.host}:${config.port}`
  if (code === 'EADDRINUSE')
    return new StartError(`Port ${config.port} is taken. Stop what listens at ${where}, or set PORT to another one.`)
  if (code === 'EACCES') return new StartError(`Port ${config.port} needs privileges. Set PORT to one above 1023.`)
  if (code === 'EADDRNOTAVAIL') return new StartError(`HOST is ${config.host}, which is no address of this machine.`)
  return error
}

/** What a person wants to know after starting it. */
function announce(config: Config, app: App, milliseconds: number): void {
  const { google, discord } = config.providers
  const { theCatApi, diceBear, sandbox } = config
  const words = (source: ProviderSource, id: string) =>
    ({ real: 'real', sandbox: 'sandbox (no account needed)', unset: `not set: see /setup/${id}` })[source]
  const lines = [
    `Trivet is ready at ${config.publicUrl} (in ${(milliseconds / 1000).toFixed(1)} s)`,
    `  data directory  ${config.dataDir}`,
    `  database        ${app.databaseMode}`,
    `  Google          ${words(google.source, 'google')}`,
    `  The Cat API     ${theCatApi.source}${theCatApi.source === 'real' && !theCatApi.key ? ', without a key' : ''}`,
    `  Discord         ${words(discord.source, 'discord')}`,
    `  DiceBear        ${diceBear.source === 'here' ? 'drawn in this process' : diceBear.source}`,
    `  mail            ${mailWords(config.mail)}`,
    ...ownLines(app.own, createBasePath(config.publicUrl).href),
    ...(config.usesSandbox ? [`  sandbox         ${sandbox.browserUrl} (what it plays, and what is in it)`] : []),
  ]
  console.log(lines.join('\n'))
}

function mailWords({ server, toLog }: Config['mail']): string {
  if (server) return `by ${server.host}:${server.port}`
  return toLog ? 'printed here, since SMTP_URL is not set' : 'off: SMTP_URL is not set'
}

/** To standard output, not to the log, which may be kept and read by others. */
async function announceSetup(app: App): Promise<void> {
  const link = await app.setupLink()
  if (link !== undefined) console.log(`  administrator   none yet. Within an hour, once: ${link}`)
}

/** One's own mash-ups, by their pages, and the places of those that had to be left out. */
function ownLines({ mashups, broken }: App['own'], href: (path: string) => string): string[] {
  const places = broken.map(({ file, line }) => (line === undefined ? file : `${file}:${line}`))
  const lines = [...mashups.map(({ path }) => href(path)), ...places.map((place) => `${place} (broken)`)]
  return lines.length === 0 ? [] : [`  your mash-ups   ${lines.join(', ')}`]
}

/** Where the build put what belongs to the program. */
export function builtDirectory(): string {
  return join(import.meta.dirname)
}
