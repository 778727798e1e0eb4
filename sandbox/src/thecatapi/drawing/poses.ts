import { type Coat, tint } from './coat.ts'
import type { Dice } from './dice.ts'
import { type Area, drawFur } from './fur.ts'
import { drawHead } from './head.ts'
import { drawBodyMarkings } from './markings.ts'

/** A cat drawn into a box of 1000 by 1000 that stands on its lower edge. */
export type Pose = (cat: { coat: Coat; dice: Dice; closed: boolean; tailless: boolean; low: boolean }) => string

const limbColour = ({ pattern, base, second }: Coat) => (pattern === 'pointed' ? second : base)

function furred(path: string, area: Area, coat: Coat, dice: Dice, id: string): string {
  return `<clipPath id="${id}"><path d="${path}"/></clipPath><path d="${path}" fill="${coat.base}" stroke="${tint(coat.base, -0.35)}" stroke-width="4" stroke-opacity=".6"/><g clip-path="url(#${id})">${drawBodyMarkings(area, coat, dice)}${drawFur(area, coat, dice)}<path d="${path}" fill="url(#shade)"/></g>`
}

function tail(path: string, coat: Coat, width: number): string {
  const colour = coat.pattern === 'pointed' || coat.pattern === 'van' ? coat.second : coat.base
  const wide = coat.hair === 'long' ? width * 1.7 : width
  const rings = ['tabby', 'spotted', 'marbled'].includes(coat.pattern)
    ? `<path d="${path}" fill="none" stroke="${coat.second}" stroke-width="${wide}" stroke-dasharray="16 34" stroke-opacity=".75"/>`
    : ''
  return `<path d="${path}" fill="none" stroke="${tint(colour, -0.35)}" stroke-width="${wide + 8}" stroke-linecap="round"/><path d="${path}" fill="none" stroke="${colour}" stroke-width="${wide}" stroke-linecap="round"/>${rings}`
}

function paws(xs: readonly number[], y: number, coat: Coat): string {
  const fill = ['bicolor', 'van', 'tortie'].includes(coat.pattern) ? '#f7f2e8' : limbColour(coat)
  const line = tint(fill, -0.35)
  return xs
    .map(
      (x) =>
        `<ellipse cx="${x}" cy="${y}" rx="62" ry="38" fill="${fill}" stroke="${line}" stroke-width="4"/><path d="M${x - 20} ${y + 6}v24M${x + 20} ${y + 6}v24" stroke="${line}" stroke-width="4" stroke-linecap="round"/>`,
    )
    .join('')
}

/** From the front, upright, tail around the feet. */
export const sitting: Pose = ({ coat, dice, closed, tailless, low }) => {
  const rise = low ? 70 : 0
  const body = `M500 ${400 + rise}C640 ${400 + rise} 690 ${540 + rise} 730 720C770 900 700 970 500 970S230 900 270 720C310 ${540 + rise} 360 ${400 + rise} 500 ${400 + rise}z`
  const behind = tailless ? '' : tail('M690 920C860 960 930 840 880 740', coat, 52)
  const legs = `<path d="M430 700q-12 120-6 240M570 700q12 120 6 240M500 760v190" fill="none" stroke="${tint(coat.base, -0.35)}" stroke-width="6" stroke-opacity=".7" stroke-linecap="round"/>`
  const area = { x: 500, y: 690, rx: 240, ry: 300 }
  return `${behind}${furred(body, area, coat, dice, 'body')}${legs}${paws([420, 580], 950, coat)}<g transform="translate(500 ${330 + rise})">${drawHead(coat, dice, closed)}</g>`
}

/** Close up: the head fills the box, shoulders below. */
export const portrait: Pose = ({ coat, dice, closed }) => {
  const body = 'M500 520C760 540 900 760 930 1040H70C100 760 240 540 500 520z'
  const area = { x: 500, y: 850, rx: 430, ry: 320 }
  return `${furred(body, area, coat, dice, 'body')}<g transform="translate(500 520) scale(1.5)">${drawHead(coat, dice, closed)}</g>`
}

/** Lying like a loaf of bread, paws tucked in. */
export const loaf: Pose = ({ coat, dice, closed, tailless }) => {
  const body = 'M110 900C80 700 220 560 470 560C780 540 920 700 910 880C910 970 860 975 500 975S120 985 110 900z'
  const behind = tailless ? '' : tail('M890 850C965 890 945 958 850 958C800 958 750 957 700 955', coat, 46)
  const area = { x: 510, y: 780, rx: 410, ry: 220 }
  return `${furred(body, area, coat, dice, 'body')}${behind}${paws([300, 440], 950, coat)}<g transform="translate(370 560) scale(.98)">${drawHead(coat, dice, closed)}</g>`
}
