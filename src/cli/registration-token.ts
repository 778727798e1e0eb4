import { BY_COMMAND } from '#accounts'
import { StartError } from '#base'
import type { Asked, Command } from './command.ts'
import { type CommandPlace, withRooms } from './rooms.ts'

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const
const MOST_USES = 1_000_000
const MOST_SECONDS = 10 * 365 * SECONDS.d

/** `trivet registration-token …` */
export function registrationTokenCommands(place: CommandPlace): readonly Command[] {
  return [
    {
      words: ['registration-token', 'create'],
      says: 'make a token with which apps can be registered at POST /client (RFC 7591), shown once',
      options: {
        note: { type: 'string', shows: '--note <text>', says: 'what it is for' },
        uses: { type: 'string', shows: '--uses <number>', says: 'how many apps; any number unless told' },
        'expires-in': {
          type: 'string',
          shows: '--expires-in <time>',
          says: 'such as 30m, 12h or 7d; it does not end unless told',
        },
      },
      json: true,
      run: (asked) => create(place, asked),
    },
  ]
}

async function create(place: CommandPlace, { json, values }: Asked): Promise<void> {
  const { note = '', uses: typedUses, 'expires-in': typedTime } = values
  const uses = typeof typedUses === 'string' ? { uses: parseUses(typedUses) } : {}
  const expiresIn = typeof typedTime === 'string' ? { expiresIn: parseTime(typedTime) } : {}
  await withRooms(place, async ({ accounts, authorization }, config) => {
    if (config.authorization.registration === 'off') {
      throw new StartError('TRIVET_REGISTRATION is off: no token would be taken. Set it to token, mcp or open first.')
    }
    const details = { note: String(note), ...uses, ...expiresIn }
    const { token } = await authorization.clients.createRegistrationToken(details, (id) => (transaction) => {
      const target = { kind: 'registration_token', id } as const
      return accounts.audit.record(BY_COMMAND, { action: 'registration_token.created', target, details }, transaction)
    })
    if (json) place.print(JSON.stringify({ token, note, ...uses, ...expiresIn }))
    else place.print(`Registration token, shown only now: ${token}`)
  })
}

function parseUses(text: string): number {
  const uses = /^\d{1,7}$/.test(text) ? Number(text) : 0
  if (uses >= 1 && uses <= MOST_USES) return uses
  throw new StartError(`--uses has to be a number from 1 to ${MOST_USES}.`)
}

/** Seconds, from a number with its unit. */
function parseTime(text: string): number {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  const seconds = Number(count ?? 0) * (isUnit(unit) ? SECONDS[unit] : 0)
  if (seconds >= 1 && seconds <= MOST_SECONDS) return seconds
  throw new StartError('--expires-in has to be a number with s, m, h or d behind it, such as 12h; at most 3650d.')
}

function isUnit(text: string | undefined): text is keyof typeof SECONDS {
  return text !== undefined && Object.hasOwn(SECONDS, text)
}
