import { BY_COMMAND } from '#accounts'
import { type Client, type ClientEntry, OAuthError } from '#authorization'
import { StartError } from '#base'
import type { TablesOf } from '#database'
import type { OpenRooms } from '../app.ts'
import type { Asked, Command } from './command.ts'
import { type CommandPlace, withRooms } from './rooms.ts'
import { moment, table } from './table.ts'

/** `trivet client …` */
export function clientCommands(place: CommandPlace): readonly Command[] {
  const ofOne = { argument: '<id>', json: true } as const
  return [
    {
      words: ['client', 'create'],
      says: 'register an app; its id and secret are printed once',
      options: {
        name: { type: 'string', shows: '--name <text>', says: 'what people see when they are asked; needed' },
        'redirect-uri': {
          type: 'string',
          multiple: true,
          shows: '--redirect-uri <address>',
          says: 'where people come back to; needed, may be given again',
        },
        public: { type: 'boolean', shows: '--public', says: 'without a secret: an app on a device or in a page' },
      },
      json: true,
      run: (asked) => create(place, asked),
    },
    { words: ['client', 'list'], says: 'show all apps', json: true, run: ({ json }) => list(place, json) },
    { ...ofOne, words: ['client', 'show'], says: 'show all about an app', run: (asked) => show(place, asked) },
    {
      ...ofOne,
      words: ['client', 'verify'],
      says: 'vouch for an app as it was shown: people see no warning any more, until its registration is changed',
      options: {
        seen: {
          type: 'string',
          shows: '--seen <updatedAt>',
          says: 'the one that "trivet client show" printed: an app that changed since stays unverified; needed',
        },
      },
      run: (asked) => verify(place, asked),
    },
    {
      ...ofOne,
      words: ['client', 'remove'],
      says: 'remove an app, with all that was issued to it',
      run: (asked) => remove(place, asked),
    },
  ]
}

async function create(place: CommandPlace, { json, values }: Asked): Promise<void> {
  const { name, 'redirect-uri': redirectUris, public: isPublic } = values
  if (typeof name !== 'string' || !Array.isArray(redirectUris)) {
    throw new StartError('--name and --redirect-uri are needed: see "trivet client create --help".')
  }
  const metadata = {
    client_name: name,
    redirect_uris: redirectUris,
    ...(isPublic === true ? { token_endpoint_auth_method: 'none' } : {}),
  }
  await withRooms(place, async ({ accounts, authorization }) => {
    const administrator = { kind: 'admin', ownerId: null } as const
    const note = (made: Client) => noteOf(accounts, 'client.registered', made)
    const { client, secret } = await authorization.clients.register(administrator, metadata, note).catch(refused)
    if (json) return place.print(JSON.stringify({ client_id: client.id, client_secret: secret, ...client.metadata }))
    place.print(`Client id: ${client.id}`)
    if (secret !== undefined) place.print(`Client secret, shown only now: ${secret}`)
  })
}

function refused(error: unknown): never {
  if (error instanceof OAuthError) throw new StartError(`${error.description} (${error.error}).`, { cause: error })
  throw error
}

async function list(place: CommandPlace, json: boolean): Promise<void> {
  await withRooms(place, async ({ authorization }) => {
    const entries = await authorization.clients.entries()
    if (json) return place.print(JSON.stringify({ clients: entries.map(asJson) }))
    if (entries.length === 0) return place.print('There are no apps yet: "trivet client create" registers one.')
    const rows = entries.map((entry) => [entry.client.id, entry.client.name, ...states(entry)])
    place.print(table([['ID', 'NAME', 'REGISTERED BY', 'VERIFIED', 'STATE', 'CREATED', 'LAST USED'], ...rows]))
  })
}

function states({ client, isDisabled, createdAt, usedAt }: ClientEntry): string[] {
  const { registeredBy, isVerified } = client
  const state = isDisabled ? 'off' : 'on'
  return [registeredBy, isVerified ? 'verified' : '-', state, moment(createdAt), moment(usedAt)]
}

/** By the words of RFC 7591 where it has them. Whose it is, is said by no id that leaves the server. */
function asJson({ client, isDisabled, createdAt, updatedAt, usedAt }: ClientEntry) {
  const { id, registeredBy, isVerified, metadata } = client
  // To the millisecond in the table, too: `--seen` is copied from there.
  return {
    ...{ client_id: id, registeredBy, isVerified, isDisabled, createdAt },
    ...{ updatedAt: updatedAt.toISOString(), usedAt, ...metadata },
  }
}

async function show(place: CommandPlace, { argument: id, json }: Asked): Promise<void> {
  await withRooms(place, async (rooms) => {
    const entry = await find(rooms, id)
    const owner = entry.client.ownerId === null ? undefined : await rooms.accounts.user(entry.client.ownerId)
    const shown = { ...asJson(entry), owner: owner?.username ?? null }
    if (json) return place.print(JSON.stringify(shown))
    const rows = Object.entries(shown).map(([name, value]) => [name, asText(value)])
    place.print(table(rows))
  })
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value
  return value instanceof Date ? moment(value) : JSON.stringify(value)
}

/** Whoever registered it may change it between the look and the word: the word counts for what was looked at. */
async function verify(place: CommandPlace, { argument: id, json, values }: Asked): Promise<void> {
  await withRooms(place, async (rooms) => {
    const entry = await find(rooms, id)
    const { client } = entry
    if (values['seen'] === undefined) throw new StartError(lookFirst(entry, 'Nothing was verified yet.'))
    const seen = new Date(String(values['seen']))
    if (Number.isNaN(seen.getTime())) throw new StartError('--seen is the updatedAt that "trivet client show" printed.')
    const note = noteOf(rooms.accounts, 'client.verified', client)
    if (!(await rooms.authorization.clients.setState(id, { isVerified: true }, seen, note))) {
      throw new StartError(lookFirst(await find(rooms, id), 'It is not what you saw any more: nothing was verified.'))
    }
    if (json) place.print(JSON.stringify({ client_id: id, isVerified: true }))
    else place.print(table([[`Verified: ${client.name} (${id})`]]))
  })
}

function lookFirst({ client, updatedAt }: ClientEntry, why: string): string {
  const shown = table([
    ['Name', client.name],
    ['Leads people back to', [...new Set(client.redirectUris.map(placeOf))].join(', ')],
  ])
  return `${why}\n\n${shown}\n\nIf you know it: trivet client verify ${client.id} --seen ${updatedAt.toISOString()}`
}

/** A host, or the scheme of an app on a device. */
function placeOf(uri: string): string {
  const { host, protocol } = new URL(uri)
  return protocol === 'https:' ? host : `${protocol}//${host}`
}

async function remove(place: CommandPlace, { argument: id, json }: Asked): Promise<void> {
  await withRooms(place, async (rooms) => {
    const { client } = await find(rooms, id)
    await rooms.authorization.clients.remove(id, noteOf(rooms.accounts, 'client.deleted', client))
    if (json) place.print(JSON.stringify({ client_id: id, removed: true }))
    else place.print(table([[`Removed: ${client.name} (${id})`]]))
  })
}

/** Written in the transaction of the change. */
function noteOf({ audit }: OpenRooms['accounts'], action: string, { id, name }: Client) {
  const entry = { action, target: { kind: 'client', id }, details: { name } } as const
  return (transaction: TablesOf) => audit.record(BY_COMMAND, entry, transaction)
}

async function find({ authorization }: OpenRooms, id: string): Promise<ClientEntry> {
  const [entry] = await authorization.clients.entries(id)
  if (!entry) throw unknown(id)
  return entry
}

function unknown(id: string): StartError {
  return new StartError(`There is no client "${id}": "trivet client list" shows all.`)
}
