import { type Coat, tint } from './coat.ts'
import { createDice } from './dice.ts'
import { loaf, portrait, sitting } from './poses.ts'
import { SCENES } from './scenes.ts'

export { type Coat, parseCoat } from './coat.ts'

export type Subject = {
  /** Same seed, same picture. */
  seed: string
  /** Chooses pose and background, so that pictures of one breed differ. */
  variant: number
  coat: Coat
  width: number
  height: number
  tailless: boolean
  /** Short-legged. */
  low: boolean
}

const POSES = [sitting, portrait, loaf] as const

/** Shared paints: the shade that gives shapes their roundness, the mask of pointed cats, the sky. */
function paints({ second }: Coat): string {
  return `<defs><radialGradient id="shade" cx=".42" cy=".32" r=".78"><stop offset="0" stop-color="#fff" stop-opacity=".22"/><stop offset=".55" stop-color="#fff" stop-opacity="0"/><stop offset="1" stop-color="#000" stop-opacity=".28"/></radialGradient><radialGradient id="mask"><stop offset="0" stop-color="${second}"/><stop offset=".55" stop-color="${tint(second, 0.05)}" stop-opacity=".9"/><stop offset="1" stop-color="${second}" stop-opacity="0"/></radialGradient><linearGradient id="sky" x2="0" y2="1"><stop offset="0" stop-color="#a9d2f0"/><stop offset="1" stop-color="#f3f3e6"/></linearGradient></defs>`
}

/** One cat as SVG; `closed` draws it blinking. */
export function drawCat({ seed, variant, coat, width, height, tailless, low }: Subject, closed = false): string {
  const dice = createDice(seed)
  const pose = POSES[variant % POSES.length] ?? sitting
  const scene = SCENES[(variant + Math.floor(dice.between(0, 3))) % SCENES.length] ?? SCENES[0]
  const floor = Math.round(height * 0.72)
  const side = Math.min(width, height) * (pose === portrait ? 1 : 0.94)
  const x = (width - side) / 2 + (width - side) * dice.between(-0.25, 0.25)
  const y = height - side * (pose === portrait ? 0.98 : 1.01)
  const shadow = `<ellipse cx="500" cy="965" rx="400" ry="44" fill="#000" fill-opacity=".2"/>`
  const cat = pose({ coat, dice, closed, tailless, low })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${paints(coat)}${scene({ width, height, floor }, dice)}<g transform="translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${(side / 1000).toFixed(4)})">${pose === portrait ? '' : shadow}${cat}</g></svg>`
}
