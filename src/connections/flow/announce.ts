import type { FlowDeps } from './deps.ts'

/** Wakes what waits for this account; harmless when done twice. If it fails, that is not the visitor’s concern. */
export async function announce(deps: FlowDeps, ownerId: string, connectionId: string): Promise<void> {
  try {
    await deps.onUsable(ownerId, connectionId)
  } catch (error) {
    deps.log.error({ connection: connectionId, error: String(error) }, 'What waits for a connection was not woken')
  }
}
