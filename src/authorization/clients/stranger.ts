import type { Client } from './client.ts'

/** Whether nobody here answers for a client: it registered itself without signing in, or is known by a document. */
export function isStranger({ registeredBy }: Pick<Client, 'registeredBy'>): boolean {
  return registeredBy === 'anonymous' || registeredBy === 'document'
}

/** Whether an administrator answers for a client: made it, or verified it as it is now. */
export function isVouchedFor({ registeredBy, isVerified }: Pick<Client, 'registeredBy' | 'isVerified'>): boolean {
  return registeredBy === 'admin' || isVerified
}
