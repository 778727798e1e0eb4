import type { SignInProvider } from '#accounts'
import type { Provider } from './provider.ts'

/** A provider as the sign-in knows it; undefined while it has no client. */
export function signInProvider({ definition, config, source }: Provider): SignInProvider | undefined {
  const { id, name } = definition
  return source === 'unset' ? undefined : { id, name, issuer: config.issuer, source }
}
