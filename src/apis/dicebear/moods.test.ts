import { describe, expect, test } from 'vitest'
import { findDefinitions } from './definitions.ts'
import { MOOD_TABLE, MOODS } from './mood-table.ts'
import { moodOptions, moodsOf } from './moods.ts'

const definitions = await findDefinitions()

describe.each(Object.entries(MOOD_TABLE))('%s', (style, { moods, over = {}, always = [] }) => {
  const components = definitions.read(style).then((definition) => definition.components ?? {})

  test('has every component and variant of the table: DiceBear leaves out one that it does not know', async () => {
    const installed = await components
    for (const parts of [...Object.values(moods), over]) {
      for (const [name, variants] of Object.entries(parts)) {
        const component = installed[name]
        const known = component && 'variants' in component ? Object.keys(component.variants) : []
        expect(known, name).not.toEqual([])
        for (const variant of variants === '' ? [] : variants.split(' ')) expect(known, name).toContain(variant)
      }
    }
  })

  test('shows the mood whatever the seed: its parts are always there', async () => {
    const installed = await components
    for (const parts of Object.values(moods)) {
      for (const name of Object.keys(parts)) {
        const component = installed[name]
        const probability = component && 'variants' in component ? (component.probability ?? 100) : 0
        expect(always.includes(name) || probability === 100, name).toBe(true)
      }
    }
  })

  test('what may be left out is not always there anyway', async () => {
    const installed = await components
    for (const name of [...Object.keys(over), ...always]) expect(installed[name], name).toHaveProperty('probability')
  })

  test('two moods never have the same face', () => {
    const faces = Object.values(moods).flatMap((parts) => faceNames(parts))
    expect(new Set(faces).size).toBe(faces.length)
  })
})

/** All combinations of a mood's variants. */
function faceNames(parts: Readonly<Record<string, string>>): string[] {
  return Object.entries(parts)
    .sort()
    .reduce<string[]>(
      (faces, [name, variants]) => faces.flatMap((face) => variants.split(' ').map((one) => `${face} ${name}=${one}`)),
      [''],
    )
}

test('styles that are only numbered, or have no face, have no moods', () => {
  for (const style of ['adventurer', 'big-ears', 'croodles', 'notionists', 'thumbs', 'shapes', 'initials', 'unknown']) {
    expect(moodsOf(style)).toEqual([])
  }
  expect(definitions.ids.filter((style) => moodsOf(style).length > 0)).toHaveLength(Object.keys(MOOD_TABLE).length)
})

test('moods are in one order everywhere', () => {
  for (const style of definitions.ids) {
    const order = moodsOf(style).map((mood) => (MOODS as readonly string[]).indexOf(mood))
    expect(order).toEqual([...order].sort())
  }
})

test('options: variants of the mood, what hides nothing, and probabilities', () => {
  expect(moodOptions('dylan', 'happy')).toEqual({ moodVariant: ['happy', 'superHappy'] })
  expect(moodOptions('open-peeps', 'calm')).toMatchObject({ expressionVariant: ['calm'], maskProbability: 0 })
  expect(moodOptions('voxel-art', 'angry')).toMatchObject({ eyebrowsVariant: ['angry'], eyebrowsProbability: 100 })
  expect(moodOptions('dylan', 'surprised')).toEqual({})
  expect(moodOptions('__proto__', 'happy')).toEqual({})
})
