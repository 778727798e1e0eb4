import { z } from 'zod'
import { CLIENT_STATES, type ClientEntry } from '#authorization'
import type { Contract } from '#http'
import { json } from './json.ts'
import { limit, next, text, time } from './paging.ts'
import { userId } from './users.ts'

const clientId = z.string().min(1).max(2000)

const metadata = z
  .record(z.string(), json)
  .meta({ id: 'ClientMetadata', description: 'By the words of RFC 7591 section 2, and our own.' })

const client = z
  .strictObject({
    client_id: clientId,
    name: z.string(),
    registered_by: z.string(),
    is_verified: z.boolean(),
    is_disabled: z.boolean(),
    created_at: time,
    updated_at: time,
    used_at: time.nullable(),
    metadata,
  })
  .meta({ id: 'Client' })

const params = z.strictObject({ id: clientId.meta({ description: 'Percent-encoded.' }) })
const group = 'Administration: apps'
const callers = 'administrator'

export const listClients = {
  ...{ id: 'listClients', method: 'GET', path: '/api/admin/clients', group, callers },
  says: 'Apps, the newest first.',
  query: z.strictObject({
    search: text.optional().meta({ description: 'Part of a name, an id or a redirect address.' }),
    state: z.enum(CLIENT_STATES).optional(),
    after: clientId.optional().meta({ description: '`next` of the page before.' }),
    limit,
  }),
  answer: { status: 200, says: 'A page of apps.', schema: z.strictObject({ clients: z.array(client), next }) },
} satisfies Contract

export const readClient = {
  ...{ id: 'readClient', method: 'GET', path: '/api/admin/clients/:id', group, callers, params },
  says: 'One app, and whose it is.',
  answer: {
    status: 200,
    says: 'The app.',
    schema: z.strictObject({ client, owner: z.strictObject({ id: userId, username: z.string() }).nullable() }),
  },
  problems: { 404: ['client_not_found'] },
} satisfies Contract

export const registerClient = {
  ...{ id: 'registerClient', method: 'POST', path: '/api/admin/clients', group, callers },
  says: 'Registers an app that belongs to nobody here, with the rights of an administrator.',
  body: z
    .looseObject({ redirect_uris: z.array(z.string()) })
    .meta({ description: 'Metadata by the words of RFC 7591 section 2; what is not known is ignored.' }),
  answer: {
    status: 201,
    says: 'The app, with what is shown only now.',
    schema: z.strictObject({
      client_id: clientId,
      client_secret: z.string().optional(),
      registration_access_token: z.string(),
      registration_client_uri: z.string(),
      metadata,
    }),
  },
  problems: { 422: ['client_metadata_invalid'] },
} satisfies Contract

export const changeClient = {
  ...{ id: 'changeClient', method: 'PATCH', path: '/api/admin/clients/:id', group, callers, params },
  says: 'Vouches for an app or no longer does, switches it off or on.',
  body: z
    .strictObject({
      is_verified: z.boolean().optional(),
      is_disabled: z.boolean().optional(),
      updated_at: time
        .optional()
        .meta({ description: 'As it was read: an app that was changed since stays as it is.' }),
    })
    .refine(
      (body) => body.is_verified !== undefined || body.is_disabled !== undefined,
      'Send is_verified or is_disabled.',
    ),
  answer: { status: 200, says: 'The app as it is now.', schema: client },
  problems: { 404: ['client_not_found'], 409: ['client_changed'] },
} satisfies Contract

export const deleteClient = {
  ...{ id: 'deleteClient', method: 'DELETE', path: '/api/admin/clients/:id', group, callers, params },
  says: 'Removes an app, with all that was issued to it.',
  answer: { status: 204, says: 'Done.' },
  problems: { 404: ['client_not_found'] },
} satisfies Contract

export function clientToWire(entry: ClientEntry): z.output<typeof client> {
  const { client: one, isDisabled, createdAt, updatedAt, usedAt } = entry
  return {
    client_id: one.id,
    name: one.name,
    registered_by: one.registeredBy,
    is_verified: one.isVerified,
    is_disabled: isDisabled,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
    used_at: usedAt?.toISOString() ?? null,
    metadata: metadataToWire(one.metadata),
  }
}

/** What was stored came as JSON. */
export function metadataToWire(stored: object): z.output<typeof metadata> {
  return metadata.parse(JSON.parse(JSON.stringify(stored)))
}
