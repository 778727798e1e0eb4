import { format, inspect } from 'node:util'
import pino from 'pino'
import { describe, expect, it } from 'vitest'
import { Secret } from './secret.ts'

const VALUE = 'hunter2-8d1f0c'

function logged(fields: object): string {
  const lines: string[] = []
  pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }).info(fields, 'a line')
  return lines.join('')
}

describe('Secret: no secret in log, message or JSON', () => {
  const secret = new Secret(VALUE)
  const nested = { deep: [{ secret }] }
  it.each([
    ['a template', `${secret}`],
    ['String()', String(secret)],
    ['addition', `x${''.concat(String(secret))}`],
    ['JSON', JSON.stringify(nested)],
    ['console.log', format(secret, nested, '%s', secret)],
    ['format %s, %o, %O, %j', format('%s %o %O %j', secret, secret, secret, secret)],
    ['inspect with everything shown', inspect(nested, { depth: null, showHidden: true, customInspect: true })],
    ['inspect that asks no object for its own view', inspect(nested, { depth: null, customInspect: false })],
    ['an error message', new Error(`Wrong key ${secret}`).message],
    ['a URL', new URL(`https://a.example/?key=${secret}`).href],
    ['a line of the log', logged(nested)],
    ['own keys', Object.entries(secret).join()],
  ])('says nothing in %s', (_where, text) => {
    expect(text).not.toContain(VALUE)
  })

  it('gives its value to who asks for it by name', () => expect(secret.reveal()).toBe(VALUE))

  it('loses its value when cloned, instead of carrying it somewhere else', () => {
    expect(JSON.stringify(structuredClone({ secret }))).not.toContain(VALUE)
  })
})
