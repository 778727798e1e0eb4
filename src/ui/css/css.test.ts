import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const folder = new URL('.', import.meta.url)
const sheets = readdirSync(folder).filter((name) => name.endsWith('.css'))
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8')

type Colours = ReadonlyMap<string, readonly [light: string, dark: string]>

function readColours(css: string): Colours {
  const pairs = css.matchAll(/--([\w-]+): light-dark\((#[\da-f]{6}), (#[\da-f]{6})\)/g)
  return new Map([...pairs].map(([, name = '', light = '', dark = '']) => [name, [light, dark]]))
}

/** Relative luminance, WCAG 2.2 glossary. */
function luminance(hex: string): number {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function pairContrasts(colours: Colours, front: string, back: string): number[] {
  const [frontPair, backPair] = [colours.get(front), colours.get(back)]
  if (frontPair === undefined || backPair === undefined) throw new Error(`no such colour: ${front} or ${back}`)
  return [contrast(frontPair[0], backPair[0]), contrast(frontPair[1], backPair[1])]
}

describe('style sheets', () => {
  const colours = readColours(read('tokens.css'))

  it.each([
    ...['ink', 'soft', 'accent', 'ok', 'warn', 'bad'].flatMap((front) => [
      [front, 'paper'],
      [front, 'card'],
    ]),
    ['ink', 'wash'],
    ['accent', 'wash'],
    ['accent-ink', 'accent'],
    ['card', 'bad'],
  ] as [string, string][])('text in %s on %s has a contrast of 4.5 in light and dark (WCAG 1.4.3)', (front, back) => {
    expect(Math.min(...pairContrasts(colours, front, back))).toBeGreaterThanOrEqual(4.5)
  })

  it.each(['paper', 'card'])(
    'the edge of a control on %s has a contrast of 3 in light and dark (WCAG 1.4.11)',
    (back) => {
      expect(Math.min(...pairContrasts(colours, 'edge', back))).toBeGreaterThanOrEqual(3)
    },
  )

  it('all together stay under 20 kB', () => {
    const bytes = sheets.map((name) => Buffer.byteLength(read(name))).reduce((sum, size) => sum + size, 0)
    expect(bytes).toBeLessThan(20_000)
  })

  it('are all imported by index.css, each into a layer, and fetch nothing else', () => {
    const imports = [...read('index.css').matchAll(/@import "\.\/([\w-]+\.css)" layer\(\w+\);/g)].map(
      ([, name]) => name,
    )
    expect(imports.toSorted()).toEqual(sheets.filter((name) => name !== 'index.css').toSorted())
    for (const name of sheets) expect(read(name), name).not.toContain('url(')
  })

  it('use only custom properties that are set somewhere', () => {
    const all = sheets.map(read).join('\n')
    const set = new Set([...all.matchAll(/(--[\w-]+):/g)].map(([, name]) => name))
    const used = new Set([...all.matchAll(/var\((--[\w-]+)/g)].map(([, name]) => name))
    expect([...used].filter((name) => !set.has(name))).toEqual([])
    expect([...set].filter((name) => !used.has(name))).toEqual([])
  })
})
