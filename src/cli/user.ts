import { BY_COMMAND } from '#accounts'
import { StartError } from '#base'
import { randomToken } from '#crypto'
import type { Asked, Command } from './command.ts'
import { type CommandPlace, withRooms } from './rooms.ts'
import { moment, table } from './table.ts'

/** 144 random bits: no dictionary helps, and it can still be typed. */
const MADE_PASSWORD_LENGTH = 24

/** `trivet user …` */
export function userCommands(place: CommandPlace): readonly Command[] {
  return [
    {
      words: ['user', 'create'],
      argument: '<name>',
      says: 'make a user; the password is made and printed once, unless it comes by standard input',
      options: {
        admin: { type: 'boolean', shows: '--admin', says: 'an administrator' },
        email: { type: 'string', shows: '--email <address>', says: 'their e-mail address' },
        'password-stdin': {
          type: 'boolean',
          shows: '--password-stdin',
          says: 'the first line of standard input is the password',
        },
      },
      json: true,
      run: (asked) => create(place, asked),
    },
    {
      words: ['user', 'list'],
      says: 'show all users',
      json: true,
      run: ({ json }) => list(place, json),
    },
    {
      words: ['user', 'disable'],
      argument: '<name>',
      says: 'keep a user out: ends their sessions, login tokens, and what apps hold in their name',
      json: true,
      run: (asked) => setDisabled(place, asked, true),
    },
    {
      words: ['user', 'enable'],
      argument: '<name>',
      says: 'let a disabled user sign in again',
      json: true,
      run: (asked) => setDisabled(place, asked, false),
    },
    {
      words: ['user', 'reset-link'],
      argument: '<name>',
      says: 'make a link with which a user chooses a new password: it works once, for 15 minutes',
      json: true,
      run: (asked) => resetLink(place, asked),
    },
    {
      words: ['user', 'remove-codes'],
      argument: '<name>',
      says: 'ask a user for no more codes, who has lost the app and the recovery codes; the password alone signs in again',
      json: true,
      run: (asked) => removeCodes(place, asked),
    },
  ]
}

async function create(place: CommandPlace, { argument: username, json, values }: Asked): Promise<void> {
  const given = values['password-stdin'] === true ? firstLine(await place.readInput()) : undefined
  const password = given ?? randomToken().slice(0, MADE_PASSWORD_LENGTH)
  const email = typeof values['email'] === 'string' ? { email: values['email'] } : {}
  await withRooms(place, async ({ accounts }) => {
    const isAdmin = values['admin'] === true
    const outcome = await accounts.createUser({ username, password, ...email, isAdmin }, BY_COMMAND)
    if ('errors' in outcome) throw new StartError(outcome.errors.map(({ message }) => message).join('\n'))
    const { user } = outcome
    const made = given === undefined ? { password } : {}
    if (json) {
      place.print(JSON.stringify({ user: { id: user.publicId, username: user.username, isAdmin }, ...made }))
      return
    }
    place.print(`Made: ${user.username} (${user.publicId})${isAdmin ? ', an administrator' : ''}`)
    if (given === undefined) place.print(`Password, shown only now: ${password}`)
  })
}

/** The password itself may begin and end with spaces; a line ending does not belong to it. */
function firstLine(text: string): string {
  const [line = ''] = text.split(/\r?\n/, 1)
  if (line === '') throw new StartError('There is no password on standard input.')
  return line
}

async function list(place: CommandPlace, json: boolean): Promise<void> {
  await withRooms(place, async ({ accounts }) => {
    const users = await accounts.listUsers()
    if (json) return place.print(JSON.stringify({ users }))
    if (users.length === 0) return place.print('There are no users yet: "trivet user create <name>" makes one.')
    const rows = users.map(({ username, id, isAdmin, isDisabled, email, createdAt, operatedAt }) => [
      ...[username, id, isAdmin ? 'admin' : '-', isDisabled ? 'disabled' : '-', email ?? '-'],
      ...[moment(createdAt), moment(operatedAt)],
    ])
    place.print(table([['NAME', 'ID', 'ADMIN', 'DISABLED', 'E-MAIL', 'CREATED', 'LAST SEEN'], ...rows]))
  })
}

async function setDisabled(place: CommandPlace, { argument: username, json }: Asked, isDisabled: boolean) {
  await withRooms(place, async ({ accounts }) => {
    const outcome = await accounts.setDisabled(username, isDisabled, BY_COMMAND)
    if (outcome === 'last_administrator') {
      throw new StartError(
        `${username} is the last administrator, and was not disabled. Make another one first: trivet user create <name> --admin`,
      )
    }
    if (outcome === 'not_found') throw new StartError(`There is no user "${username}".`)
    if (json) return place.print(JSON.stringify({ username, isDisabled }))
    place.print(
      isDisabled
        ? `${username} is disabled: sessions, login tokens and what apps held have ended.`
        : `${username} may sign in again.`,
    )
  })
}

async function removeCodes(place: CommandPlace, { argument: username, json }: Asked): Promise<void> {
  await withRooms(place, async ({ accounts }) => {
    if (!(await accounts.removeCodes({ username }, BY_COMMAND))) {
      throw new StartError(`There is no user "${username}" who is asked for codes.`)
    }
    place.print(json ? JSON.stringify({ username, codes: 'off' }) : `${username} is asked for no more codes.`)
  })
}

async function resetLink(place: CommandPlace, { argument: username, json }: Asked): Promise<void> {
  await withRooms(place, async ({ accounts }) => {
    const link = await accounts.resetLink({ username }, BY_COMMAND)
    if (link === undefined) throw new StartError(`There is no user "${username}" who may sign in.`)
    place.print(json ? JSON.stringify({ username, link }) : link)
  })
}
