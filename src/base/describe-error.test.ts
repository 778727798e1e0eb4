import { expect, test } from 'vitest'
import { describeError } from './describe-error.ts'
import { Failure } from './failure.ts'

test('keeps name, message, code and stack of an error and of its causes', () => {
  const cause = Object.assign(new TypeError('socket closed'), { code: 'ECONNRESET' })
  const described = describeError(new Error('no answer', { cause }))
  expect(described).toMatchObject({
    name: 'Error',
    message: 'no answer',
    cause: { name: 'TypeError', message: 'socket closed', code: 'ECONNRESET' },
  })
  expect(described.stack).toContain('no answer')
})

test('keeps code and hint of a failure', () => {
  const failure = new Failure({ kind: 'refused', code: 'drive_full', message: 'Full.' }, { hint: 'status 403' })
  expect(describeError(failure)).toMatchObject({ name: 'Failure', code: 'drive_full', hint: 'status 403' })
})

test('leaves out whatever else hangs on an error, such as the bytes of an answer', () => {
  const error = Object.assign(new Error('parse error'), {
    data: Buffer.from('ya29.secret'),
    response: { token: 'ya29.secret' },
  })
  expect(JSON.stringify(describeError(new Error('outer', { cause: error })))).not.toContain('ya29')
})

test('takes what is thrown without being an error', () => {
  expect(describeError('oops')).toEqual({ name: 'string', message: 'oops' })
  expect(describeError(undefined)).toEqual({ name: 'undefined', message: 'undefined' })
})
