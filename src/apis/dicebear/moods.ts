/** Moods that people choose from. */
export const MOODS = ['happy', 'sad', 'angry', 'surprised', 'calm', 'cheeky', 'sleepy'] as const

/** `mouthVariant: [...]`, `beardProbability: '0'` and the like. */
export type MoodOptions = Readonly<Record<`${string}Variant`, readonly string[]>>

type Mood = (typeof MOODS)[number]
type StyleMoods = Partial<Record<Mood, Readonly<Record<string, readonly string[]>>>>

const STYLES: Readonly<Record<string, StyleMoods>> = {
  dylan: {
    happy: { mood: ['happy', 'superHappy'] },
    sad: { mood: ['sad'] },
    angry: { mood: ['angry'] },
    calm: { mood: ['neutral'] },
  },
}

export function moodsOf(style: string): string[] {
  const moods = STYLES[style] ?? {}
  return MOODS.filter((mood) => moods[mood])
}

export function moodOptions(style: string, mood: string): MoodOptions {
  const found = MOODS.find((one) => one === mood)
  const components = (found && STYLES[style]?.[found]) ?? {}
  return Object.fromEntries(Object.entries(components).map(([name, variants]) => [`${name}Variant`, variants]))
}
