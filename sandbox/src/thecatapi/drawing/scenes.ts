import type { Dice } from './dice.ts'

/** Background of the given size; the floor begins at `floor`. */
export type Scene = (size: { width: number; height: number; floor: number }, dice: Dice) => string

function rect(x: number, y: number, width: number, height: number, fill: string, more = ''): string {
  return `<rect x="${Math.round(x)}" y="${Math.round(y)}" width="${Math.round(width)}" height="${Math.round(height)}" fill="${fill}" ${more}/>`
}

/** A papered wall with a window, and boards. */
const room: Scene = ({ width, height, floor }, dice) => {
  const [wall, paper] = dice.pick([
    ['#dfe8e4', '#cfdcd6'],
    ['#f0e3d4', '#e6d4bf'],
    ['#dde3ef', '#cdd6e6'],
    ['#efdfe0', '#e4cfd1'],
  ])
  const stripe = width / 18
  const stripes = Array.from({ length: 9 }, (_, i) => rect(i * 2 * stripe, 0, stripe, floor, paper)).join('')
  const boards = Array.from({ length: 5 }, (_, i) =>
    rect(0, floor + (i * (height - floor)) / 5, width, 3, '#8a5f3b', 'fill-opacity=".5"'),
  ).join('')
  const x = width * dice.pick([0.06, 0.66])
  const frame = rect(x, floor * 0.12, width * 0.28, floor * 0.6, '#fdfbf6', 'rx="6"')
  const sky = rect(x + 12, floor * 0.12 + 12, width * 0.28 - 24, floor * 0.6 - 24, 'url(#sky)')
  const bars =
    rect(x + width * 0.14 - 5, floor * 0.12, 10, floor * 0.6, '#fdfbf6') +
    rect(x, floor * 0.42 - 5, width * 0.28, 10, '#fdfbf6')
  return `${rect(0, 0, width, height, wall)}${stripes}${frame}${sky}${bars}${rect(0, floor, width, height - floor, '#b98a5e')}${boards}${rect(0, floor - 14, width, 16, '#fdfbf6')}`
}

/** Grass, hills, a sun and flowers. */
const garden: Scene = ({ width, height, floor }, dice) => {
  const sun = `<circle cx="${Math.round(width * dice.between(0.12, 0.88))}" cy="${Math.round(height * 0.16)}" r="${Math.round(height * 0.07)}" fill="#fff2b8"/>`
  const hill = (shift: number, fill: string) =>
    `<ellipse cx="${Math.round(width * shift)}" cy="${floor}" rx="${Math.round(width * 0.5)}" ry="${Math.round(height * 0.24)}" fill="${fill}"/>`
  let blades = ''
  for (let i = 0; i < 420; i++) {
    blades += `M${Math.round(dice.between(0, width))} ${Math.round(dice.between(floor, height))}q${Math.round(dice.between(-6, 6))}-14 ${Math.round(dice.between(-9, 9))}-${Math.round(dice.between(16, 34))}`
  }
  let flowers = ''
  for (let i = 0; i < 26; i++) {
    const colour = dice.pick(['#fff', '#f7c9d4', '#fbe08a', '#d8c8f2'])
    flowers += `<circle cx="${Math.round(dice.between(0, width))}" cy="${Math.round(dice.between(floor + 8, height))}" r="${Math.round(dice.between(4, 9))}" fill="${colour}"/>`
  }
  return `${rect(0, 0, width, height, 'url(#sky)')}${sun}${hill(0.2, '#9fc48a')}${hill(0.75, '#8db97a')}${rect(0, floor, width, height - floor, '#7fae63')}<path d="${blades}" fill="none" stroke="#5f9148" stroke-width="3" stroke-linecap="round"/>${flowers}`
}

/** A round rug and a plain wall, with a ball of wool. */
const studio: Scene = ({ width, height, floor }, dice) => {
  const [wall, ground, rug] = dice.pick([
    ['#c9d8dd', '#a9bfc7', '#d98f6a'],
    ['#e8c9b4', '#d3a98d', '#6f8f8a'],
    ['#d4cfe4', '#b6afd0', '#d7b15e'],
    ['#cfe0c3', '#aac79a', '#c2677a'],
  ])
  const x = width * dice.pick([0.13, 0.86])
  const y = height * 0.91
  const r = height * 0.065
  const wool = `<circle cx="${Math.round(x)}" cy="${Math.round(y)}" r="${Math.round(r)}" fill="#b8405a"/><path d="M${Math.round(x - r * 0.8)} ${Math.round(y)}q${Math.round(r * 0.8)}-${Math.round(r)} ${Math.round(r * 1.6)} 0M${Math.round(x - r * 0.6)} ${Math.round(y + r * 0.5)}q${Math.round(r * 0.6)}-${Math.round(r)} ${Math.round(r * 1.3)}-${Math.round(r * 0.2)}M${Math.round(x)} ${Math.round(y - r)}q${Math.round(r * 0.9)} ${Math.round(r)} 0 ${Math.round(r * 2)}" fill="none" stroke="#e58aa0" stroke-width="4"/>`
  const light = `<ellipse cx="${Math.round(width / 2)}" cy="${Math.round(floor * 0.5)}" rx="${Math.round(width * 0.5)}" ry="${Math.round(floor * 0.6)}" fill="#fff" fill-opacity=".22"/>`
  return `${rect(0, 0, width, height, wall)}${light}${rect(0, floor, width, height - floor, ground)}<ellipse cx="${Math.round(width / 2)}" cy="${Math.round(height * 0.95)}" rx="${Math.round(width * 0.42)}" ry="${Math.round(height * 0.1)}" fill="${rug}"/><ellipse cx="${Math.round(width / 2)}" cy="${Math.round(height * 0.95)}" rx="${Math.round(width * 0.36)}" ry="${Math.round(height * 0.078)}" fill="none" stroke="#fff" stroke-opacity=".5" stroke-width="5"/>${wool}`
}

export const SCENES: readonly [Scene, Scene, Scene] = [studio, room, garden]
