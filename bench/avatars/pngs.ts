import { startAvatar } from '../../e2e/harness/avatars.ts'
import { createClient } from '../../e2e/harness/client.ts'
import { isStatus, runUntil } from '../../e2e/harness/runs.ts'
import type { Started } from '../product.ts'

/** Seconds of each: drawn now, and asked for again. */
export type Png = { readonly style: string; readonly drawn: number; readonly again: number }

/** Makes an avatar of each style, with consent at the sandbox's Discord, and takes it as PNG twice. */
export async function takePngs({ url }: Started, styles: readonly string[]): Promise<Png[]> {
  const person = createClient(url)
  const pngs: Png[] = []
  for (const [index, style] of styles.entries()) {
    // An address of its own for each: the limit on haste is not what is measured.
    const headers = { 'x-forwarded-for': `198.51.100.${index + 1}` }
    const run = await startAvatar(person, { style })
    await runUntil(person, run, isStatus('succeeded'))
    const take = async () => {
      const began = performance.now()
      const answer = await person.send(`/avatars/${run}/avatar.png`, { headers })
      if (answer.status !== 200) throw new Error(`the PNG of ${style} answered ${answer.status}`)
      return (performance.now() - began) / 1000
    }
    pngs.push({ style, drawn: await take(), again: await take() })
  }
  return pngs
}
