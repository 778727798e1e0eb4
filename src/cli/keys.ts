import { createPublicKey } from 'node:crypto'
import { BY_COMMAND } from '#accounts'
import { StartError } from '#base'
import { type KeyView, SIGNING_ALGS } from '#crypto'
import type { Asked, Command } from './command.ts'
import { type CommandPlace, withRooms } from './rooms.ts'
import { moment, table } from './table.ts'

const STAGES = ['previous', 'signing', 'next'] as const
const FORMATS = ['pem', 'jwk'] as const
type Stage = (typeof STAGES)[number]

/** `trivet keys …` */
export function keysCommands(place: CommandPlace): readonly Command[] {
  return [
    {
      words: ['keys', 'list'],
      says: 'show the keys that tokens are signed with; nothing secret',
      json: true,
      run: ({ json }) => list(place, json),
    },
    {
      words: ['keys', 'rotate'],
      argument: `<${SIGNING_ALGS.join('|')}>`,
      says: 'publish a new signing key, which takes over once every client can have seen it',
      options: {
        now: {
          type: 'boolean',
          ...{ shows: '--now', says: 'for a key that may have been seen: ends it at once, and all that it signed' },
        },
      },
      json: true,
      run: (asked) => rotate(place, asked),
    },
    {
      words: ['keys', 'export'],
      says: 'print a public key, for a server that verifies tokens by itself and reads no JWKS',
      options: {
        alg: {
          type: 'string',
          shows: `--alg ${SIGNING_ALGS.join('|')}`,
          says: 'ES256 unless told: access tokens are signed with it',
        },
        stage: {
          type: 'string',
          shows: `--stage ${STAGES.join('|')}`,
          says: 'the key that signs unless told; where there is none before or after it, the one that signs again',
        },
        format: {
          type: 'string',
          shows: `--format ${FORMATS.join('|')}`,
          says: 'pem (SubjectPublicKeyInfo) unless told',
        },
      },
      run: (asked) => exportKey(place, asked),
    },
  ]
}

async function list(place: CommandPlace, json: boolean): Promise<void> {
  await withRooms(place, async ({ signer }) => {
    await signer.start()
    const keys = signer.keys()
    if (json) return place.print(JSON.stringify({ keys }))
    const rows = keys.map(({ kid, alg, state, createdAt, signsFrom, removedAfter }) => [
      ...[kid, alg, state, moment(createdAt), moment(signsFrom), moment(removedAfter)],
    ])
    place.print(table([['KEY', 'ALGORITHM', 'STATE', 'CREATED', 'SIGNS FROM', 'REMOVED AFTER'], ...rows]))
  })
}

async function rotate(place: CommandPlace, { argument, json, values }: Asked): Promise<void> {
  const alg = SIGNING_ALGS.find((one) => one === argument)
  if (alg === undefined) throw new StartError(`"${argument}" is no algorithm of ours: ${SIGNING_ALGS.join(' or ')}.`)
  await withRooms(place, async ({ accounts, signer }) => {
    await signer.start()
    if (values['now'] === true) {
      const { kid, ended } = await signer.replace(alg)
      const target = { kind: 'key', id: kid } as const
      await accounts.audit.record(BY_COMMAND, {
        ...{ action: 'key.replaced', target, details: { alg, ended: ended.join(' ') } },
      })
      const key = signer.keys().find((one) => one.kid === kid)
      if (json) place.print(JSON.stringify({ rotated: true, key, ended }))
      else place.print(`Ended ${ended.join(', ')}, and every token signed with it${described(key)}`)
      return
    }
    const rotated = await signer.rotate(alg)
    const waiting = signer.keys().find((key) => key.alg === alg && key.state === 'published')
    if (rotated && waiting) {
      const target = { kind: 'key', id: waiting.kid } as const
      await accounts.audit.record(BY_COMMAND, { action: 'key.rotated', target, details: { alg } })
    }
    if (json) place.print(JSON.stringify({ rotated, key: waiting }))
    else place.print(`${rotated ? 'Published' : 'Nothing was done, a new key is waiting already'}${described(waiting)}`)
  })
}

async function exportKey(place: CommandPlace, { values }: Asked): Promise<void> {
  const alg = choice('alg', SIGNING_ALGS, values['alg'] ?? 'ES256')
  const stage = choice('stage', STAGES, values['stage'] ?? 'signing')
  const format = choice('format', FORMATS, values['format'] ?? 'pem')
  await withRooms(place, async ({ signer }) => {
    await signer.start()
    const { kid } =
      keyAt(
        stage,
        signer.keys().filter((key) => key.alg === alg),
      ) ?? {}
    const jwk = signer.jwks().keys.find((key) => key.kid === kid)
    if (!jwk) throw new StartError(`There is no key for ${alg}.`)
    if (format === 'jwk') return place.print(JSON.stringify(jwk))
    place.print(String(createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })).trimEnd())
  })
}

/**
 * Exactly one key for each stage at any time, so that a server can be told once which files to read.
 *
 * @param keys of one algorithm, in the order in which they begin to sign
 */
function keyAt(stage: Stage, keys: readonly KeyView[]): KeyView | undefined {
  const signing = keys.find(({ state }) => state === 'signing')
  if (stage === 'next') return keys.find(({ state }) => state === 'published') ?? signing
  return (stage === 'previous' ? keys.findLast(({ state }) => state === 'retired') : undefined) ?? signing
}

function choice<Word extends string>(option: string, words: readonly Word[], given: unknown): Word {
  const found = words.find((word) => word === given)
  if (found === undefined) throw new StartError(`--${option} is one of ${words.join(', ')}, not "${given}".`)
  return found
}

function described(key: KeyView | undefined): string {
  return key === undefined ? '.' : `: ${key.alg} key ${key.kid} signs from ${moment(key.signsFrom)}.`
}
