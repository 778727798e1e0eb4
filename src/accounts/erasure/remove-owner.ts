import type { Owned } from '../visitors/owned.ts'

/** The row last: while it is there, a removal that broke off is found and repeated. */
export async function removeOwner(
  owned: readonly Owned[],
  id: string,
  deleteRow: (id: string) => Promise<void>,
): Promise<void> {
  for (const room of owned) await room.erase(id)
  await deleteRow(id)
}
