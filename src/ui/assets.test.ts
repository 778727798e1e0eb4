import { expect, it } from 'vitest'
import { loadAssets } from './assets.ts'

it('finds the hashed file of a built asset', () => {
  expect(loadAssets({ 'style.css': 'style.1f2e.css' })('style.css')).toBe('/assets/style.1f2e.css')
})

it.each(['style.js', 'constructor', ''])('throws on a name that the build does not know (%j)', (name) => {
  expect(() => loadAssets({ 'style.css': 'style.1f2e.css' })(name)).toThrow('style.css')
})
