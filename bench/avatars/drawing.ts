import type { DiceBear } from '../../src/apis/index.ts'
import { cpuMicros, type Effort, figures, measure, perSecond, ratios, total } from '../effort.ts'
import { median, table } from '../report.ts'
import { createPeer, type Peer } from './artists.ts'

const ROUNDS = 5
/** Of one style, before it is the other's turn. */
const IN_A_ROW = 20
/** Rotations over all styles, before it is the other's turn. */
const ROTATIONS = 3
const SAMPLES = 20_000

type Artist = (style: string, seed: string) => Promise<string>
type Paces = { readonly ours: readonly Effort[]; readonly peer: readonly Effort[] }

/** Pictures in this process, ours beside the bare library, in turns; both have seen every style before. */
export async function measureDrawing(ours: DiceBear, styles: readonly string[]): Promise<void> {
  const peer = createPeer()
  const built = await measure(styles.length, async (index) => peer.build(styles[index] ?? ''))
  for (const style of styles) await requireSamePicture(ours, peer, style)
  const artists = {
    ours: (style: string, seed: string) => ours.drawHere({ style, seed }),
    peer: async (style: string, seed: string) => peer.draw(style, seed),
  }
  const kept = await drawStyleByStyle(artists, styles)
  const changing = await drawInRotation(artists, styles)
  for (const style of styles) await ours.sample(style)
  const samples = await measure(SAMPLES, async (index) => ours.sample(styles[index % styles.length] ?? ''))
  table(
    ['drawn in process', 'pictures/s', 'CPU, µs per picture'],
    [
      ['Trivet, same style as before', ...figures(kept.ours)],
      ['bare @dicebear/core, same style as before', ...figures(kept.peer)],
      ['Trivet, another style each time', ...figures(changing.ours)],
      ['bare @dicebear/core, another style each time', ...figures(changing.peer)],
      ['bare @dicebear/core, building a style, once', ...figures([built])],
      ['Trivet, sample that was drawn before', ...figures([samples])],
    ],
  )
  for (const [name, { ours, peer }] of Object.entries({ 'same style': kept, 'another style each time': changing })) {
    console.log(`${name}: pictures/s, ours to theirs: ${ratios(ours, peer, perSecond)}`)
    console.log(`${name}: CPU per picture, ours to theirs: ${ratios(ours, peer, cpuMicros)}`)
  }
  const change = median(changing.ours.map(cpuMicros)) - median(kept.ours.map(cpuMicros))
  console.log(`What another style costs Trivet beside drawing with it: ${change.toFixed(0)} µs of CPU`)
}

/** What draws something else may be as fast as it likes. */
async function requireSamePicture(ours: DiceBear, peer: Peer, style: string): Promise<void> {
  const seed = 'Ana'
  if ((await ours.drawHere({ style, seed })) !== peer.draw(style, seed)) throw new Error(`not the same ${style}`)
}

/** Somebody who tries words in one style, for all styles. */
async function drawStyleByStyle(artists: Record<keyof Paces, Artist>, styles: readonly string[]): Promise<Paces> {
  const rounds = Array.from({ length: ROUNDS }, () => ({ ours: [] as Effort[], peer: [] as Effort[] }))
  for (const style of styles) {
    await artists.ours(style, 'built now, if it was forgotten')
    for (const [index, round] of rounds.entries()) {
      for (const who of turns(index)) {
        round[who].push(await measure(IN_A_ROW, (n) => artists[who](style, `words ${index} ${n}`)))
      }
    }
  }
  return { ours: rounds.map(({ ours }) => total(ours)), peer: rounds.map(({ peer }) => total(peer)) }
}

/** Many people, each with a style of their own. */
async function drawInRotation(artists: Record<keyof Paces, Artist>, styles: readonly string[]): Promise<Paces> {
  const paces = { ours: [] as Effort[], peer: [] as Effort[] }
  for (let index = 0; index < ROUNDS; index += 1) {
    for (const who of turns(index)) {
      const pieces = ROTATIONS * styles.length
      const draw = (n: number) => artists[who](styles[n % styles.length] ?? '', `words ${index} ${n}`)
      paces[who].push(await measure(pieces, draw))
    }
  }
  return paces
}

function turns(round: number): (keyof Paces)[] {
  return round % 2 === 0 ? ['ours', 'peer'] : ['peer', 'ours']
}
