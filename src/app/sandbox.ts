import { join } from 'node:path'
import type { Log } from '#base'
import type { Config } from '#config'
import { keepSandbox } from '#sandbox-process'
import type { Closing } from './closing.ts'

/** The sandbox, where it plays a provider and nobody else runs it already. Resolves with what ends for good, if it does. */
export async function runSandbox(
  config: Config,
  log: Log,
  built: { directory: string },
  closing: Closing,
): Promise<{ readonly ended: Promise<string> }> {
  if (!config.usesSandbox || config.sandbox.external !== undefined) return { ended: new Promise(() => undefined) }
  const sandbox = await keepSandbox({
    program: join(built.directory, 'sandbox.js'),
    sandbox: config.sandbox,
    directory: join(config.dataDir, 'sandbox'),
    log,
  })
  closing.add(() => sandbox.stop())
  return { ended: sandbox.gaveUp }
}
