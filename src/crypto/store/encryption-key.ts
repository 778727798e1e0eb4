import { StartError } from '#base'
import type { Database } from '#database'
import type { Keyring } from '../keyring.ts'

type Tables = { encryption_key: { key_id: string } }

/**
 * Notes that our key may have sealed something, after checking that we hold every key that has.
 *
 * @throws StartError naming the key ids that are missing.
 */
export async function registerKeys(database: Database, keyring: Keyring): Promise<void> {
  const tables = database.tables<Tables>()
  const used = await tables.selectFrom('encryption_key').select('key_id').execute()
  const known = new Set(keyring.all.map((key) => key.id))
  const missing = used.map((row) => row.key_id).filter((id) => !known.has(id))
  if (missing.length > 0) {
    throw new StartError(
      `This database holds values sealed with key ${missing.join(', ')}, which is not in the keyring. Set TRIVET_MASTER_KEY to the keys of the Trivet that wrote it (the file master-key in its data directory).`,
    )
  }
  await tables
    .insertInto('encryption_key')
    .values({ key_id: keyring.sealing.id })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
