import type { Database } from '../../src/database/index.ts'

/** Kinds of things that `oidc-provider` keeps in what is measured here. */
const MODELS = [
  'AccessToken',
  'AuthorizationCode',
  'ClientCredentials',
  'Grant',
  'Interaction',
  'RefreshToken',
  'ReplayDetection',
  'Session',
]

type Payload = Readonly<Record<string, unknown>>

/**
 * What `oidc-provider` keeps, in PostgreSQL as well as its adapter interface allows: a table for each kind with the id
 * as its key, indexes for what it looks for besides, everything else in `json`, which is stored as it comes; one
 * statement for each call, prepared once per connection; the pool, driver and PostgreSQL of the product.
 */
export async function openPeerStore(database: Database) {
  for (const model of MODELS) await database.prepared({ name: '', text: tableOf(model) }, [])
  return (model: string) => new PeerAdapter(database, model)
}

const tableOf = (model: string) => `do $$ begin
  create table "${model}" (id text primary key, payload json not null, grant_id text, uid text,
    expires_at timestamptz, consumed_at timestamptz);
  create index on "${model}" (grant_id) where grant_id is not null;
  create index on "${model}" (uid) where uid is not null;
end $$`

class PeerAdapter {
  readonly #database: Database
  readonly #model: string

  constructor(database: Database, model: string) {
    this.#database = database
    this.#model = model
  }

  async upsert(id: string, payload: Payload, expiresIn: number | undefined): Promise<void> {
    const text = `insert into "${this.#model}" (id, payload, grant_id, uid, expires_at)
      values ($1, $2, $3, $4, now() + make_interval(secs => $5))
      on conflict (id) do update set payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid,
        expires_at = excluded.expires_at`
    const values = [id, JSON.stringify(payload), payload['grantId'] ?? null, payload['uid'] ?? null, expiresIn ?? null]
    await this.#run('upsert', text, values)
  }

  find(id: string): Promise<Payload | undefined> {
    return this.#read('find', 'id', id)
  }

  findByUid(uid: string): Promise<Payload | undefined> {
    return this.#read('find_by_uid', 'uid', uid)
  }

  async consume(id: string): Promise<void> {
    await this.#run('consume', `update "${this.#model}" set consumed_at = now() where id = $1`, [id])
  }

  async destroy(id: string): Promise<void> {
    await this.#run('destroy', `delete from "${this.#model}" where id = $1`, [id])
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#run('revoke', `delete from "${this.#model}" where grant_id = $1`, [grantId])
  }

  async #read(name: string, column: 'id' | 'uid', value: string): Promise<Payload | undefined> {
    const text = `select payload, extract(epoch from consumed_at)::int as consumed from "${this.#model}"
      where ${column} = $1 and (expires_at is null or expires_at > now())`
    const [row] = await this.#run<{ payload: Payload; consumed: number | null }>(name, text, [value])
    return row && (row.consumed === null ? row.payload : { ...row.payload, consumed: row.consumed })
  }

  #run<Row extends object>(name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.#database.prepared<Row>({ name: `${this.#model}_${name}`, text }, values)
  }
}
