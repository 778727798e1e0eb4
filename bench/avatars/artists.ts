import { createRequire } from 'node:module'
import { Avatar, Style, type StyleDefinition } from '@dicebear/core'
import { createDiceBear, type DiceBear } from '../../src/apis/index.ts'
import { createOutbound } from '../../src/outbound/index.ts'
import { silent } from '../report.ts'

/** Bare `@dicebear/core`, as its README says: every style built once and kept, then drawn with. */
export type Peer = {
  build(style: string): void
  draw(style: string, seed: string): string
}

export function createPeer(): Peer {
  const require = createRequire(import.meta.url)
  const styles = new Map<string, Style>()
  return {
    build(id) {
      const definition: StyleDefinition = require(`@dicebear/styles/${id}.json`)
      styles.set(id, new Style(definition))
    },
    draw(id, seed) {
      const style = styles.get(id)
      if (!style) throw new Error(`${id} is not built`)
      return new Avatar(style, { seed }).toString()
    },
  }
}

/** Ours, that asks no server. */
export function createOurs(): DiceBear {
  const outbound = createOutbound({ allow: [], userAgent: 'bench' })
  return createDiceBear({ outbound, url: undefined, requireSafe: () => undefined, log: silent })
}
