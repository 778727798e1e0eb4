import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Product } from './product.ts'

const PATIENCE_MS = 5000

/** Writes trivet.yaml of a product that runs, and waits until it has read it. What stands there already stays. */
export function createGatewayFile(product: () => Pick<Product, 'directory' | 'output'>) {
  let written = ''
  const timesRead = () => product().output().split('The routes of the gateway were read').length
  return {
    async write(text: string): Promise<void> {
      if (text === written) return
      written = text
      const before = timesRead()
      await writeFile(join(product().directory, 'trivet.yaml'), text)
      for (let waited = 0; timesRead() === before; waited += 50) {
        if (waited > PATIENCE_MS) throw new Error(`trivet.yaml was not read:\n${product().output()}`)
        await sleep(50)
      }
    },
  }
}
