import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createOurs } from '../avatars/artists.ts'
import { measureDrawing } from '../avatars/drawing.ts'
import { measureFirstUse, useFirst } from '../avatars/first-use.ts'
import { type Visit, visitForm } from '../avatars/gallery.ts'
import { takePngs } from '../avatars/pngs.ts'
import { askForPreviews, BEHIND_PROXY, type Served } from '../avatars/previews.ts'
import { cpuMicros, perSecond, total } from '../effort.ts'
import { residentMegabytes, type Started, startProduct } from '../product.ts'
import { median, ms, quantile, table } from '../report.ts'

/**
 * Avatars: drawn in process beside the bare library, the first time in a process and again; the form page with its
 * gallery, previews and PNGs of the started product; and what all that does to the server's memory.
 */
const STARTS = 3
const WARM_VISITS = 5
const CONNECTIONS = 6
const PREVIEWS = 2000
/** The memory is looked at after each part of them. */
const PARTS = 4
/** A person who tries words, one after the other. */
const TRIES = 200
/** Each PNG is a whole run: of every third style. */
const PNG_EVERY = 3

/** The gallery right after a start, then again by others; one start after the other, the last one goes on running. */
async function measureGallery(
  directory: string,
  styles: readonly string[],
): Promise<{ product: Started; idle: number }> {
  const visits = { cold: [] as Visit[], warm: [] as Visit[] }
  for (let start = 1; ; start += 1) {
    const product = await startProduct(directory, BEHIND_PROXY)
    await sleep(1000)
    const idle = residentMegabytes(product.pid)
    visits.cold.push(await visitForm(product, styles))
    for (let visit = 0; visit < WARM_VISITS; visit += 1) visits.warm.push(await visitForm(product, styles))
    if (start < STARTS) {
      await product.stop()
      continue
    }
    const [{ pictures, bytes } = { pictures: 0, bytes: 0 }] = visits.cold
    const row = (name: string, seconds: readonly number[]) => [name, ms(median(seconds)), ms(Math.max(...seconds))]
    table(
      [`form page with ${pictures} pictures, ${(bytes / 1000).toFixed(0)} kB`, 'median', 'worst'],
      [
        row(
          `right after the start (${STARTS} starts)`,
          visits.cold.map(({ seconds }) => seconds),
        ),
        row(
          'again, by somebody else',
          visits.warm.map(({ seconds }) => seconds),
        ),
      ],
    )
    return { product, idle }
  }
}

async function measurePreviews(product: Started, styles: readonly string[], note: (after: string) => void) {
  const parts: Served[] = []
  for (let part = 1; part <= PARTS; part += 1) {
    const pieces = PREVIEWS / PARTS
    parts.push(await askForPreviews(product, { pieces, styles, connections: CONNECTIONS }))
    note(`${part * pieces} previews over all styles`)
  }
  const [style = ''] = styles
  const one = { pieces: PREVIEWS / PARTS, styles: [style] }
  const many = await askForPreviews(product, { ...one, connections: CONNECTIONS })
  const person = await askForPreviews(product, { ...one, pieces: TRIES, connections: 1 })
  const row = (name: string, served: Served) => [
    name,
    perSecond(served).toFixed(0),
    ms(median(served.waits)),
    ms(quantile(served.waits, 0.95)),
    cpuMicros(served).toFixed(0),
  ]
  table(
    ['preview.svg', 'per second', 'median', 'p95', 'CPU of the server, µs each'],
    [
      row('one style, one person who tries words', person),
      row(`one style, ${CONNECTIONS} at a time`, many),
      row(`all styles in turn, ${CONNECTIONS} at a time`, {
        ...total(parts),
        waits: parts.flatMap(({ waits }) => waits),
      }),
    ],
  )
}

async function measurePngs(product: Started, styles: readonly string[]): Promise<void> {
  const pngs = await takePngs(
    product,
    styles.filter((_, index) => index % PNG_EVERY === 0),
  )
  const slowest = pngs.reduce((one, other) => (other.drawn > one.drawn ? other : one))
  const row = (name: string, seconds: readonly number[], note = '') => [
    name,
    ms(median(seconds)),
    `${ms(Math.max(...seconds))}${note}`,
  ]
  table(
    [`avatar.png, 512 pixels, ${pngs.length} styles`, 'median', 'worst'],
    [
      row(
        'drawn now',
        pngs.map(({ drawn }) => drawn),
        `, ${slowest.style}`,
      ),
      row(
        'from the cache',
        pngs.map(({ again }) => again),
      ),
    ],
  )
}

const [part, who = '', names = ''] = process.argv.slice(2)
if (part === 'first-use') {
  console.log(JSON.stringify(await useFirst(who, names.split(','))))
  process.exit(0)
}
const ours = createOurs()
const styles = (await ours.styles()).map(({ id }) => id)
await measureDrawing(ours, styles)
console.log()
await measureFirstUse(process.argv[1] ?? '', styles)
console.log()
const directory = await mkdtemp(join(tmpdir(), 'trivet-bench-'))
const { product, idle } = await measureGallery(directory, styles)
const memory = [['idle, a second after the start', idle.toFixed(0)]]
const note = (after: string) => void memory.push([`after ${after}`, residentMegabytes(product.pid).toFixed(0)])
note(`${1 + WARM_VISITS} galleries`)
console.log()
await measurePreviews(product, styles, note)
console.log()
await measurePngs(product, styles)
note('the PNGs')
console.log()
table(['server process, resident', 'MB'], memory)
await product.stop()
await rm(directory, { recursive: true, force: true })
console.log(
  `\nMedians; in process in turns. All of it is bound by the processor: one thread draws and answers, one more makes PNGs, and what asks runs on the same machine.`,
)
process.exit(0)
