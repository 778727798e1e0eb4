type Payload = Readonly<Record<string, unknown>>

/**
 * What `oidc-provider` keeps, in a Map: its own keeps the last 1,000 things, so that in a long measurement sessions
 * would be forgotten.
 */
export function createPeerMemory() {
  return (_model: string) => new MemoryAdapter()
}

class MemoryAdapter {
  readonly #kept = new Map<string, Payload>()
  readonly #ids = new Map<unknown, string>()

  async upsert(id: string, payload: Payload): Promise<void> {
    this.#kept.set(id, payload)
    if ('uid' in payload) this.#ids.set(payload['uid'], id)
  }

  async find(id: string): Promise<Payload | undefined> {
    return this.#kept.get(id)
  }

  async findByUid(uid: string): Promise<Payload | undefined> {
    return this.#kept.get(this.#ids.get(uid) ?? '')
  }

  async consume(id: string): Promise<void> {
    this.#kept.set(id, { ...this.#kept.get(id), consumed: Math.floor(Date.now() / 1000) })
  }

  async destroy(id: string): Promise<void> {
    this.#kept.delete(id)
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [id, payload] of this.#kept) if (payload['grantId'] === grantId) this.#kept.delete(id)
  }
}
