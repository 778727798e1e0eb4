import type { Log } from '#base'
import type { Config } from '#config'
import { createEnvelope, loadKeyring, registerKeys } from '#crypto'
import { createOutbound } from '#outbound'
import { createClosing } from './closing.ts'
import { prepareDataDirectory } from './data-directory.ts'
import { connectBeside } from './database.ts'
import { createIdentity } from './identity.ts'

/** The rooms that commands use. */
export type OpenRooms = Pick<ReturnType<typeof createIdentity>, 'accounts' | 'authorization' | 'signer'> & {
  close(): Promise<void>
}

/**
 * Opens people, clients and keys without engine, sandbox and server, for commands: beside a server or alone.
 *
 * @throws StartError that says what to do; what was opened by then is closed again.
 */
export async function openRooms(config: Config, log: Log): Promise<OpenRooms> {
  const closing = createClosing(log)
  try {
    await prepareDataDirectory(config.dataDir)
    const keyring = await loadKeyring({ setting: config.masterKey, dataDir: config.dataDir })
    const database = await connectBeside(config, log, closing)
    await registerKeys(database, keyring)
    const outbound = createOutbound({ allow: config.outboundAllow, userAgent: 'Trivet' })
    closing.add(() => outbound.close())
    // Commands render no page, see no guest, and remove no owner.
    const { accounts, authorization, signer } = createIdentity({
      ...{ config, log, database, keyring, outbound },
      envelope: createEnvelope(keyring),
      manifest: {},
      owned: [],
      guestHasThings: async () => false,
      signInProviders: () => [],
    })
    closing.add(async () => signer.close())
    closing.add(() => authorization.close())
    return { accounts, authorization, signer, close: closing.close }
  } catch (error) {
    await closing.close()
    throw error
  }
}
