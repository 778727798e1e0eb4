import { MOOD_TABLE, MOODS, type StyleMoods } from './mood-table.ts'

/** Options of DiceBear 10.x: `mouthVariant: ['smile', 'grin']`, `maskProbability: 0`. */
export type MoodOptions = {
  readonly [name: `${string}Variant`]: readonly string[]
  readonly [name: `${string}Probability`]: number
}

/** The moods that a style can show. */
export function moodsOf(style: string): string[] {
  return MOODS.filter((mood) => tableOf(style)?.moods[mood])
}

/** What shows this mood in this style; nothing for a mood that the style lacks. The seed still chooses among variants. */
export function moodOptions(style: string, mood: string): MoodOptions {
  const table = tableOf(style)
  const known = MOODS.find((one) => one === mood)
  const parts = known && table?.moods[known]
  if (!parts) return {}
  const options: Record<`${string}Variant`, readonly string[]> & Record<`${string}Probability`, number> = {}
  for (const [component, variants] of Object.entries({ ...parts, ...table.over })) {
    if (variants === '') options[`${component}Probability`] = 0
    else options[`${component}Variant`] = variants.split(' ')
  }
  for (const component of table.always ?? []) options[`${component}Probability`] = 100
  return options
}

function tableOf(style: string): StyleMoods | undefined {
  return Object.hasOwn(MOOD_TABLE, style) ? MOOD_TABLE[style] : undefined
}
