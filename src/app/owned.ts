import type { Belonging, Owned } from '#accounts'
import { formatBytes } from '#base'
import type { Connections } from '#connections'
import type { Runs } from '#runs'
import type { LooseFile, Storage } from '#storage'

/**
 * The rooms that keep things of owners, what uses others first. It points up, against the order of the rooms
 * (ARCHITECTURE.md, "Rooms"), and is asked for them when they are there.
 */
export function ownedThings(
  rooms: () => {
    readonly runs: Pick<Runs, 'erase' | 'describe' | 'move' | 'onUsable'>
    readonly connections: Pick<Connections, 'erase' | 'describe' | 'move'>
    readonly storage: Pick<Storage, 'removeOwner' | 'loose' | 'moveLoose'>
  },
): readonly Owned[] {
  return [
    {
      erase: (id) => rooms().runs.erase(id),
      describe: (tables, id) => rooms().runs.describe(tables, id),
      async move(tables, move) {
        await rooms().runs.move(tables, move)
        return true
      },
      // What waits for an account may find it among those of its new owner.
      moved: (id) => rooms().runs.onUsable(id),
    },
    {
      erase: (id) => rooms().connections.erase(id),
      describe: (tables, id) => rooms().connections.describe(tables, id),
      move: (tables, move) => rooms().connections.move(tables, move),
    },
    {
      erase: (id) => rooms().storage.removeOwner(id),
      describe: async (tables, id) => (await rooms().storage.loose(tables, id)).map(describeFile),
      async move(tables, move) {
        await rooms().storage.moveLoose(tables, { ...move, ids: [...move.ids] })
        return true
      },
    },
  ]
}

function describeFile({ id, name, size, createdAt }: LooseFile): Belonging {
  return { kind: 'file', id, name, state: formatBytes(size), at: createdAt }
}
