import { type Coat, tint } from './coat.ts'
import type { Dice } from './dice.ts'
import { drawFur } from './fur.ts'
import { drawFaceMarkings } from './markings.ts'

const FACE = 'M0-170C110-172 190-110 205-10C222 90 120 168 0 170C-120 168-222 90-205-10C-190-110-110-172 0-170z'
const RUFF =
  'M-180 20L-262 96L-196 84L-224 160L-150 126L-120 196L-60 150L0 206L60 150L120 196L150 126L224 160L196 84L262 96L180 20z'

/** Right ear of each kind; the left one is its mirror image. Outer shape, inner shape. */
const EAR: Record<Coat['ears'], [outer: string, inner: string]> = {
  up: [
    'M60-150C90-220 130-270 168-290C190-230 202-160 190-70z',
    'M96-150C115-200 138-232 160-250C172-210 176-160 170-104z',
  ],
  big: [
    'M44-150C84-250 140-330 196-352C224-270 222-160 196-60z',
    'M86-154C116-232 150-286 186-308C200-250 198-172 178-96z',
  ],
  small: [
    'M80-146C100-190 136-222 170-230C188-190 196-150 190-86z',
    'M108-146C124-176 146-196 164-202C174-174 176-146 172-112z',
  ],
  fold: ['M60-148C90-196 150-206 186-170C200-150 196-112 186-84C160-84 150-110 140-116C116-128 90-130 60-148z', ''],
  curl: [
    'M60-150C86-214 116-262 132-292C150-302 164-286 158-268C184-210 198-150 190-70z',
    'M98-148C112-196 126-226 136-256C160-206 174-160 170-104z',
  ],
}

function drawEars({ ears, base, second, pattern, hair }: Coat): string {
  const [outer, inner] = EAR[ears]
  const fill = pattern === 'pointed' || pattern === 'van' ? second : base
  const tuft =
    hair === 'long' && ears !== 'fold'
      ? `<path d="M110-130q10-50 40-84M124-116q8-50 36-84M138-104q4-40 26-78" fill="none" stroke="${tint(base, 0.6)}" stroke-width="5" stroke-linecap="round"/>`
      : ''
  const ear = `<path d="${outer}" fill="${fill}" stroke="${tint(fill, -0.3)}" stroke-width="4" stroke-linejoin="round"/><path d="${inner}" fill="#e2a49b" fill-opacity=".85"/>${tuft}`
  return `${ear}<g transform="scale(-1 1)">${ear}</g>`
}

function drawEye(x: number, { eyes }: Coat, pupil: number, closed: boolean): string {
  if (closed)
    return `<path d="M${x - 46}-8q46 40 92 0" fill="none" stroke="#2a211d" stroke-width="8" stroke-linecap="round"/>`
  return `<g transform="translate(${x} -8)"><path d="M-54 6Q-30-44 6-42Q44-40 52-4Q40 40 0 42Q-40 40-54 6z" fill="#231b18"/><path d="M-46 5Q-26-36 6-35Q38-33 45-3Q34 34 0 35Q-34 34-46 5z" fill="${eyes}"/><path d="M-46 5Q-26-36 6-35Q38-33 45-3Q30-20 4-20Q-26-20-46 5z" fill="#000" fill-opacity=".22"/><ellipse cx="1" cy="0" rx="${pupil}" ry="31" fill="#120d0b"/><circle cx="14" cy="-14" r="9" fill="#fff"/><circle cx="-12" cy="14" r="4.5" fill="#fff" fill-opacity=".7"/></g>`
}

function drawMuzzle({ base, pattern, second }: Coat): string {
  const light = tint(pattern === 'pointed' ? second : base, pattern === 'pointed' ? 0.25 : 0.5)
  const whiskers = [-1, 1]
    .map((side) =>
      [-14, 4, 22]
        .map((y) => `M${side * 70} ${78 + y * 0.4}q${side * 90} ${y - 16} ${side * 190} ${y * 1.6 - 6}`)
        .join(''),
    )
    .join('')
  return `<ellipse cx="-38" cy="88" rx="52" ry="40" fill="${light}" fill-opacity=".75"/><ellipse cx="38" cy="88" rx="52" ry="40" fill="${light}" fill-opacity=".75"/><ellipse cx="0" cy="122" rx="34" ry="26" fill="${light}" fill-opacity=".75"/><path d="M-24 52Q0 42 24 52Q18 74 0 80Q-18 74-24 52z" fill="#d98880" stroke="#9c5a55" stroke-width="2"/><path d="M0 80v16M0 96q-14 24-42 16M0 96q14 24 42 16" fill="none" stroke="#4b3430" stroke-width="5" stroke-linecap="round"/><path d="${whiskers}" fill="none" stroke="#fff" stroke-width="2.6" stroke-opacity=".9" stroke-linecap="round"/>`
}

/** A head of about 400 by 340 around the origin, ears above it. */
export function drawHead(coat: Coat, dice: Dice, closed: boolean): string {
  const fur = drawFur({ x: 0, y: 0, rx: 205, ry: 172 }, coat, dice)
  const pupil = dice.pick([9, 15, 22])
  const ruff = coat.hair === 'long' ? `<path d="${RUFF}" fill="${tint(coat.base, 0.18)}" stroke-linejoin="round"/>` : ''
  return `${ruff}${drawEars(coat)}<clipPath id="face"><path d="${FACE}"/></clipPath><path d="${FACE}" fill="${coat.base}"/><g clip-path="url(#face)">${drawFaceMarkings(coat, dice)}${fur}<path d="${FACE}" fill="url(#shade)"/></g><path d="${FACE}" fill="none" stroke="${tint(coat.base, -0.35)}" stroke-width="3" stroke-opacity=".6"/>${drawMuzzle(coat)}${drawEye(-88, coat, pupil, closed)}${drawEye(88, coat, pupil, closed)}`
}
