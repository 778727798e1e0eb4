import { createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { join } from 'node:path'
import { systemClock } from '../../src/base/index.ts'
import { createEnvelope, createSigner, type JWTPayload, loadKeyring } from '../../src/crypto/index.ts'
import { openDatabase, runningEmbeddedPostgres } from '../../src/database/index.ts'
import { silent } from '../report.ts'

/** Makes access tokens that differ, as fast as they can be signed. */
export type Mint = {
  /** SubjectPublicKeyInfo, PEM. */
  readonly publicKey: string
  make(count: number): Promise<string[]>
  close(): Promise<void>
}

const SECONDS = 600

/**
 * Tokens of a product that runs, by its own code and its own key, beside its database as a command of `trivet` is: the
 * token endpoint would take longer for so many than all that is measured. They say what its token says, and are issued
 * to the same grant; `jti` and times differ.
 *
 * @param like an access token that the product gave
 */
export async function openMint(directory: string, like: string): Promise<Mint> {
  const dataDir = join(directory, '.trivet')
  const url = await runningEmbeddedPostgres(join(dataDir, 'postgres'))
  if (!url) throw new Error('The product has no PostgreSQL of its own')
  const database = await openDatabase({ url, poolSize: 1, log: silent })
  const envelope = createEnvelope(await loadKeyring({ setting: undefined, dataDir }))
  const signer = createSigner({ database, envelope, clock: systemClock, log: silent })
  await signer.start()
  const jwk = signer.jwks().keys.find(({ alg }) => alg === 'ES256')
  if (!jwk) throw new Error('The product has no key for ES256')
  const claims = claimsOf(like)
  return {
    publicKey: pem(createPublicKey({ key: jwk, format: 'jwk' })),
    make: (count) =>
      Promise.all(
        Array.from({ length: count }, () => signer.sign({ ...claims, ...fresh() }, { typ: 'at+jwt', alg: 'ES256' })),
      ),
    async close() {
      signer.close()
      await database.close()
    },
  }
}

/** The same claims in RS256, which the product signs no access tokens with: by a key of this program's. */
export function createRsaMint(like: string): Omit<Mint, 'close'> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const claims = claimsOf(like)
  const header = encode({ alg: 'RS256', typ: 'at+jwt', kid: 'bench' })
  const make = () => {
    const input = `${header}.${encode({ ...claims, ...fresh() })}`
    return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
  }
  return { publicKey: pem(publicKey), make: async (count) => Array.from({ length: count }, make) }
}

function fresh() {
  const iat = Math.floor(Date.now() / 1000)
  return { jti: randomUUID(), iat, exp: iat + SECONDS }
}

function claimsOf(token: string): JWTPayload {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const pem = (key: ReturnType<typeof createPublicKey>) => String(key.export({ type: 'spki', format: 'pem' }))
