import type { Client } from './client.ts'

/** Whether nobody here answers for a client: it registered itself without signing in, or is known by a document. */
export function isStranger({ registeredBy }: Pick<Client, 'registeredBy'>): boolean {
  return registeredBy === 'anonymous' || registeredBy === 'document'
}
