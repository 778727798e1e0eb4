import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const SOURCE = join(import.meta.dirname, '..')

type Entry = { room: string; code: string; type: { status?: number; title?: string; kind?: string } | string }

/** What the `errors.ts` of every room lists: rooms that come later are found by themselves. */
async function catalogue(): Promise<Entry[]> {
  // The authorization server speaks in the codes of the RFCs, whose bodies are no problem documents.
  const files = globSync('*/errors.ts', { cwd: SOURCE }).filter((file) => !file.startsWith('authorization'))
  const rooms = await Promise.all(
    files.map(async (file) => {
      const exported: Record<string, unknown> = await import(join(SOURCE, file))
      const lists = Object.entries(exported).filter(([name]) => /_(PROBLEMS|ERRORS)$/.test(name))
      expect(lists, `${file} exports one list`).toHaveLength(1)
      return lists.flatMap(([, list]) =>
        Object.entries(list as Record<string, Entry['type']>).map(([code, type]) => ({
          room: file.split('/')[0] ?? '',
          code,
          type,
        })),
      )
    }),
  )
  return rooms.flat()
}

describe('the catalogue of codes is closed', () => {
  it('finds the rooms', async () => {
    const entries = await catalogue()
    expect(new Set(entries.map((entry) => entry.room)).size).toBeGreaterThan(6)
    expect(entries.length).toBeGreaterThan(50)
  })

  it('gives each code to one room: /problems/<code> has one meaning', async () => {
    const rooms = Map.groupBy(await catalogue(), (entry) => entry.code)
    const shared = [...rooms].filter(([, entries]) => entries.length > 1)
    expect(shared.map(([code, entries]) => `${code}: ${entries.map((entry) => entry.room).join(', ')}`)).toEqual([])
  })

  it('spells codes in lower snake case', async () => {
    for (const { code } of await catalogue()) expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
  })

  it('gives problems an error status and a title that is a sentence’s beginning, not a code', async () => {
    const problems = (await catalogue()).flatMap(({ code, type }) =>
      typeof type === 'object' && 'title' in type ? [{ code, ...type }] : [],
    )
    expect(problems.length).toBeGreaterThan(30)
    for (const { code, status = 0, title = '' } of problems) {
      expect(status, code).toSatisfy((value: number) => value >= 400 && value < 600)
      expect(title, code).toMatch(/^[A-Z].* .*[^.]$/)
    }
  })

  it('lists nothing that no code makes', async () => {
    const text = globSync('**/*.{ts,tsx}', {
      cwd: SOURCE,
      exclude: (name) => /\.(test|fixture)\.tsx?$|errors\.ts$/.test(String(name)),
    })
      .map((file) => readFileSync(join(SOURCE, file), 'utf8'))
      .join('\n')
    const unused = (await catalogue()).filter(({ code }) => !new RegExp(`['"\`]${code}['"\`]`).test(text))
    expect(unused.map(({ room, code }) => `${room}: ${code}`)).toEqual([])
  })
})
