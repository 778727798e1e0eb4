import type { FastifyInstance } from 'fastify'
import { accountRoute } from './account.ts'
import { confirmRoutes } from './account-confirm.ts'
import { deleteRoutes } from './account-delete.ts'
import { factorsRoute } from './account-factors.ts'
import { identityRoutes } from './account-identities.ts'
import { mergeRoutes } from './account-merge.ts'
import { passkeyRoutes } from './account-passkeys.ts'
import { passwordRoutes } from './account-password.ts'
import { profileRoutes } from './account-profile.ts'
import { sessionRoutes } from './account-sessions.ts'
import { totpRoutes } from './account-totp.ts'
import { apiAccountRoutes } from './api-account.ts'
import type { EndpointDeps } from './deps.ts'
import { forgotRoutes } from './forgot.ts'
import { loginRoutes } from './login.ts'
import { codeRoutes } from './login-code.ts'
import { loginIdentityRoutes } from './login-identity.ts'
import { loginPasskeyRoutes } from './login-passkey.ts'
import { logoutRoutes } from './logout.ts'
import { registerRoutes } from './register.ts'
import { resetRoutes } from './reset.ts'
import { setupAdministratorRoutes } from './setup-administrator.ts'
import { verifyEmailRoutes } from './verify-email.ts'

/** All addresses of this room. */
export function accountRoutes(server: FastifyInstance, deps: EndpointDeps): void {
  registerRoutes(server, deps)
  loginRoutes(server, deps)
  codeRoutes(server, deps)
  loginPasskeyRoutes(server, deps)
  loginIdentityRoutes(server, deps)
  logoutRoutes(server, deps)
  forgotRoutes(server, deps)
  resetRoutes(server, deps)
  verifyEmailRoutes(server, deps)
  setupAdministratorRoutes(server, deps)
  accountRoute(server, deps)
  confirmRoutes(server, deps)
  factorsRoute(server, deps)
  passkeyRoutes(server, deps)
  totpRoutes(server, deps)
  profileRoutes(server, deps)
  passwordRoutes(server, deps)
  identityRoutes(server, deps)
  sessionRoutes(server, deps)
  deleteRoutes(server, deps)
  mergeRoutes(server, deps)
  apiAccountRoutes(server, deps)
}
