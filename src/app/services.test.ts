import { expect, test } from 'vitest'
import { createServices } from './services.ts'

const services = createServices({
  thecatapi: { client: 'cats', shown: { name: 'The Cat API', source: 'sandbox' } },
  pictures: { client: 'pictures' },
})

test('a service is found by the name that mash-ups use, with who answers for it where that is not us', () => {
  expect([services.client('thecatapi'), services.client('pictures')]).toEqual(['cats', 'pictures'])
  expect(services.shown('thecatapi')).toEqual({ name: 'The Cat API', source: 'sandbox' })
  expect(services.shown('pictures')).toBeUndefined()
})

test.each(['nobody', 'toString', '__proto__'])('%s is no service', (name) => {
  expect(() => services.client(name)).toThrow(`There is no service called ${name}`)
})
