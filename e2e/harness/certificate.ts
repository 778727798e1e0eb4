import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

export type Certificate = { readonly key: string; readonly certificate: string }

const SEQUENCE = 0x30
const ECDSA_WITH_SHA256 = '06082a8648ce3d040302'
const COMMON_NAME = '0603550403'
const SUBJECT_ALT_NAME = '0603551d11'

/** A certificate that vouches for itself (RFC 5280 §4.1), for one host name and a day: for tests of https only. */
export function selfSigned(host: string): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = der(SEQUENCE, Buffer.from(ECDSA_WITH_SHA256, 'hex'))
  const body = der(SEQUENCE, ...fields(host, algorithm, publicKey))
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey))
  return {
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    certificate: pem(der(SEQUENCE, body, algorithm, signature)),
  }
}

function fields(host: string, algorithm: Buffer, publicKey: KeyObject): Buffer[] {
  const name = der(SEQUENCE, der(0x31, der(SEQUENCE, Buffer.from(COMMON_NAME, 'hex'), der(0x0c, Buffer.from(host)))))
  const now = Date.now()
  const day = 24 * 60 * 60 * 1000
  const alternative = der(SEQUENCE, der(0x82, Buffer.from(host)))
  const extension = der(SEQUENCE, Buffer.from(SUBJECT_ALT_NAME, 'hex'), der(0x04, alternative))
  return [
    // Version 3, a serial number that is positive.
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1]), randomBytes(8)),
    algorithm,
    name,
    der(SEQUENCE, time(now - day), time(now + day)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, extension)),
  ]
}

/** UTCTime, to the second. */
function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/\D/g, '').slice(2, 14)
  return der(0x17, Buffer.from(`${digits}Z`))
}

/** One value of X.690: tag, length, content. */
function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const all = Buffer.concat(content)
  const size = all.length
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), all])
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
