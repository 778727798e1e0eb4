import type { FastifyInstance } from 'fastify'
import type { Actions } from '../actions/actions.ts'
import {
  createRegistrationToken,
  deleteRegistrationToken,
  listRegistrationTokens,
  tokenToWire,
} from '../contracts/registration-tokens.ts'
import type { ConsoleDeps } from '../deps.ts'
import { adminEndpoint } from './admin-endpoint.ts'

/** `/api/admin/registration-tokens…` */
export function registrationTokenApi(server: FastifyInstance, deps: ConsoleDeps, { tokens }: Actions): void {
  adminEndpoint(server, deps, listRegistrationTokens, async () => ({
    registration_tokens: (await tokens.list()).map(tokenToWire),
  }))

  adminEndpoint(server, deps, createRegistrationToken, async ({ administrator, body }) =>
    tokens.create(administrator, { note: body.note, uses: body.uses, expiresIn: body.expires_in }),
  )

  adminEndpoint(server, deps, deleteRegistrationToken, async ({ administrator, params }) => {
    await tokens.remove(administrator, params.id)
  })
}
