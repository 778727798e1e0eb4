import { z } from 'zod'
import { type KeyView, SIGNING_ALGS } from '#crypto'
import type { Contract } from '#http'
import { time } from './paging.ts'

const key = z
  .strictObject({
    kid: z.string(),
    alg: z.enum(SIGNING_ALGS),
    state: z.enum(['published', 'signing', 'retired']),
    created_at: time,
    signs_from: time,
    removed_after: time.nullable(),
  })
  .meta({ id: 'SigningKey' })

const group = 'Administration: keys'
const callers = 'administrator'

export const listKeys = {
  ...{ id: 'listKeys', method: 'GET', path: '/api/admin/keys', group, callers },
  says: 'The keys that tokens are signed with; nothing secret.',
  answer: { status: 200, says: 'All of them.', schema: z.strictObject({ keys: z.array(key) }) },
} satisfies Contract

export const rotateKey = {
  ...{ id: 'rotateKey', method: 'POST', path: '/api/admin/keys/rotate', group, callers },
  says: 'Publishes a successor, which begins to sign once every client can have seen it. With `now` the keys of this kind end at once, and all tokens that they signed: for a key that may have been seen.',
  body: z.strictObject({ alg: z.enum(SIGNING_ALGS), now: z.boolean().optional() }),
  answer: {
    status: 200,
    says: '`rotated` is false when one was waiting already: then nothing was done.',
    schema: z.strictObject({ rotated: z.boolean(), keys: z.array(key) }),
  },
} satisfies Contract

export function keyToWire(view: KeyView): z.output<typeof key> {
  return {
    kid: view.kid,
    alg: view.alg,
    state: view.state,
    created_at: view.createdAt.toISOString(),
    signs_from: view.signsFrom.toISOString(),
    removed_after: view.removedAfter?.toISOString() ?? null,
  }
}
