import { createAccountEvents } from '../oauth/account-events.ts'
import { dropOutlived } from '../oauth/records.ts'
import { html } from '../pages/index.ts'
import type { Provider, Surroundings } from '../provider.ts'
import type { Change } from '../state/index.ts'
import { registerAuthorize } from './authorize/index.ts'
import { registerDiscovery } from './discovery.ts'
import { createFiles } from './drive/files.ts'
import { createIds, ID_TABLE } from './drive/ids.ts'
import { registerDrive } from './drive/index.ts'
import { registerDrivePages } from './drive/pages.ts'
import { Refusal, rateLimited } from './drive/refusal.ts'
import { createTransfers } from './drive/transfers.ts'
import { SESSION_LIFE_MS } from './drive/upload-resumable.ts'
import { openVault } from './drive/vault.ts'
import { KEY_TABLE, openKeys } from './keys.ts'
import { registerPeople } from './people.ts'
import { PERSONAS } from './personas.ts'
import type { Realm } from './realm.ts'
import { openRecords } from './records.ts'
import { registerRevoke } from './revoke.ts'
import { registerToken } from './token/index.ts'
import { formatTokens } from './tokens.ts'
import { registerUserinfo } from './userinfo.ts'

const OPERATIONS =
  'authorize signin consent discovery certs token.exchange token.refresh revoke userinfo drive.generateIds drive.upload drive.get drive.list drive.about drive.page drive.content profile.picture'.split(
    ' ',
  )

const BEHAVIOURS = {
  expire_tokens: ['token.exchange', 'token.refresh'],
  omit_refresh_token: ['token.exchange'],
  rotate_refresh_token: ['token.refresh'],
  untick_scopes: ['authorize'],
  drive_full: ['drive.upload'],
}

const DAY_MS = 24 * 3600 * 1000

/** Rows that can matter to nobody any more. */
function outlived({ records, now }: Realm): Change[] {
  const ago = now() - DAY_MS
  return [
    ...dropOutlived(records, ago),
    ...records.uploads
      .entries()
      .flatMap(([key, row]) => (row.createdAt + SESSION_LIFE_MS < ago ? [records.uploads.drop(key)] : [])),
  ]
}

/** Google's words for a refusal: Drive has its own body shape, the rest speaks OAuth. */
function refuse(operation: string, { status, reason }: { status: number; reason: string }) {
  const type = 'application/json; charset=utf-8'
  if (!operation.startsWith('drive.')) {
    const error = reason === 'rate_limit' ? 'rate_limit_exceeded' : 'internal_failure'
    return { type, body: JSON.stringify({ error, error_description: `Status ${status}` }) }
  }
  const refusal = reason === 'rate_limit' ? rateLimited(status) : new Refusal(status, 'backendError', 'Backend Error')
  return { type, body: JSON.stringify(refusal.body) }
}

/** Sandbox Google: OAuth 2.0 with OpenID Connect, and Drive v3. */
export async function createGoogle(around: Surroundings): Promise<Provider> {
  const { store, site, dir, random } = around
  const records = openRecords(store)
  const realm: Realm = {
    ...around,
    provider: 'google',
    title: 'Sandbox Google',
    format: formatTokens(random),
    records,
    keys: await openKeys(store),
  }
  const ids = createIds(realm)
  const vault = openVault(dir, () => random(12).toString('hex'))
  const files = createFiles(realm, ids, vault)
  const drive = { realm, ids, files, vault, exclusively: createTransfers() }
  const keysOf = (table: { entries(): [string, unknown][] }) => new Set(table.entries().map(([key]) => key))
  const sweep = () => vault.sweep(keysOf(records.files), keysOf(records.uploads))
  records.commit(...outlived(realm))
  sweep()

  return {
    id: 'google',
    title: 'Google',
    operations: OPERATIONS,
    behaviours: BEHAVIOURS,
    refuse,
    async routes(app) {
      registerDiscovery(app, realm)
      registerToken(app, realm)
      registerRevoke(app, realm)
      registerUserinfo(app, realm)
      registerPeople(app)
      await app.register(async (scope) => registerAuthorize(scope, realm))
      await app.register(async (scope) => registerDrive(scope, drive))
      registerDrivePages(app, drive)
    },
    events: createAccountEvents(realm, new Map(PERSONAS.map(({ email }) => [email, email]))),
    holdings: () => ({
      files: records.files
        .values()
        .map(({ account, id, name, mimeType, size, md5Checksum, description, createdTime }) => ({
          account,
          id,
          name,
          mimeType,
          size,
          md5Checksum,
          description,
          createdTime,
        })),
      grants: records.grants.values(),
    }),
    keeps: [KEY_TABLE, ID_TABLE],
    reset: async () => sweep(),
    introduce:
      () => html`<h2>Google</h2><p>OAuth 2.0, OpenID Connect and Drive under <code>${site.url('/google')}</code>. Client <code>trivet-sandbox</code>, secret <code>trivet-sandbox-secret</code>, any loopback redirect address.</p>
<div class="wide"><table><thead><tr><th scope="col">Person</th><th scope="col">Address</th><th scope="col">Subject</th></tr></thead><tbody>${PERSONAS.map(({ name, email, sub }) => html`<tr><td>${name}</td><td><a href="${site.path('/google/drive')}?account=${encodeURIComponent(email)}">${email}</a></td><td><code>${sub}</code></td></tr>`)}</tbody></table></div>
<p><a class="button" href="${site.path('/google/drive')}">See what is in the Drives</a></p>`,
  }
}
