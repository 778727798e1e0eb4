import { describe, expect, it } from 'vitest'
import { renderPage } from '#ui'
import { ABYSSINIAN, BENGAL, catApiOf } from './breed.fixture.ts'
import { breedField } from './breed-field.tsx'

const field = breedField({ label: 'Breed', hint: 'Choose one by its picture.' })
const fromApi = { source: 'api' as const, breeds: [ABYSSINIAN, BENGAL] }
const shipped = { source: 'shipped' as const, breeds: [ABYSSINIAN] }

it('its list is The Cat API’s, asked through the service of that name', async () => {
  const asked: string[] = []
  const loaded = await field.load((name) => {
    asked.push(name)
    return catApiOf()
  })
  expect(asked).toEqual(['thecatapi'])
  expect(loaded).toEqual(fromApi)
})

describe('what was sent', () => {
  it.each([undefined, ''])('%j: choose one', (text) => {
    expect(field.parse(text, fromApi)).toEqual({ error: 'Choose a breed.' })
  })

  it('an id of the list is taken', () => {
    expect(field.parse('beng', fromApi)).toEqual({ value: 'beng' })
  })

  it.each(['xxxx', 'Beng', 'Bengal', ' beng', 'beng\n', '../beng', '__proto__'])('%j is no breed', (text) => {
    expect(field.parse(text, fromApi)).toEqual({ error: expect.stringContaining('There is no breed with the id') })
  })

  it('an error repeats no more than twenty characters of it', () => {
    const answer = field.parse('x'.repeat(5000), fromApi)
    expect('error' in answer && answer.error.length).toBeLessThan(120)
  })

  it('with the shipped list, which may be older, only the form of an id is checked: the run finds out', () => {
    expect(field.parse('abys', shipped)).toEqual({ value: 'abys' })
    expect(field.parse('newb', shipped)).toEqual({ value: 'newb' })
    for (const text of ['x', 'toolongid', 'NEWB', 'a/b', '../x', 'beng\n']) {
      expect(field.parse(text, shipped), text).toEqual({ error: expect.any(String) })
    }
  })
})

describe('what is drawn', () => {
  const draw = (more: Partial<Parameters<typeof field.draw>[0]> = {}) =>
    renderPage(
      field.draw({
        name: 'cat_breed',
        label: field.label,
        hint: field.hint,
        text: undefined,
        error: undefined,
        loaded: fromApi,
        href: (path) => `/base${path}`,
        ...more,
      }),
    )

  it('every breed with its name, and with a picture of our own origin where it has one', () => {
    const html = draw()
    expect(html).toContain('id="cat_breed-beng"')
    expect(html).toContain('src="/base/cats/breeds/beng.webp"')
    expect(html).toContain('id="cat_breed-abys"')
    expect(html).not.toContain('abys.webp')
    expect(html).not.toContain('cdn.example')
    expect(html).toContain('Choose one by its picture.')
    expect(html).not.toContain('this list is ours')
  })

  it('what was chosen stays chosen, and only that; a wrong one shows the error', () => {
    const html = draw({ text: 'beng' })
    expect(html.match(/ checked/g)).toHaveLength(1)
    expect(html).toMatch(/id="cat_breed-beng"[^>]* checked/)
    const wrong = draw({ text: '<b>', error: 'There is no breed with the id "<b>".' })
    expect(wrong).not.toContain(' checked')
    expect(wrong).toContain('the id &quot;&lt;b>&quot;.')
  })

  it('says so when the list is not the API’s', () => {
    expect(draw({ loaded: shipped })).toContain('The Cat API does not answer just now: this list is ours.')
  })
})
