import type { FastifyInstance } from 'fastify'
import { accountRoute } from './account.ts'
import { deleteRoutes } from './account-delete.ts'
import { passwordRoutes } from './account-password.ts'
import { profileRoutes } from './account-profile.ts'
import { sessionRoutes } from './account-sessions.ts'
import { apiAccountRoutes } from './api-account.ts'
import type { EndpointDeps } from './deps.ts'
import { loginRoutes } from './login.ts'
import { logoutRoutes } from './logout.ts'
import { registerRoutes } from './register.ts'

/** All addresses of this room. */
export function accountRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  registerRoutes(server, deps)
  loginRoutes(server, deps)
  logoutRoutes(server, deps)
  accountRoute(server, deps)
  profileRoutes(server, deps)
  passwordRoutes(server, deps)
  sessionRoutes(server, deps)
  deleteRoutes(server, deps)
  apiAccountRoutes(server, deps)
}
