import type { Contract } from '#http'
import { listAudit } from './audit.ts'
import { changeClient, deleteClient, listClients, readClient, registerClient } from './clients.ts'
import { listKeys, rotateKey } from './keys.ts'
import { readOverview } from './overview.ts'
import { createRegistrationToken, deleteRegistrationToken, listRegistrationTokens } from './registration-tokens.ts'
import { listRoutes } from './routes.ts'
import { changeUser, endUserSessions, listUsers, makeResetLink, readUser, removeUserCodes } from './users.ts'

/** The admin API, in the order of its document. */
export const ADMIN_CONTRACTS: readonly Contract[] = [
  readOverview,
  ...[listUsers, readUser, changeUser, makeResetLink, removeUserCodes, endUserSessions],
  ...[listClients, registerClient, readClient, changeClient, deleteClient],
  ...[listKeys, rotateKey],
  ...[listRegistrationTokens, createRegistrationToken, deleteRegistrationToken],
  listRoutes,
  listAudit,
]
