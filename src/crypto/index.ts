/** Randomness, hashes, and the envelope that seals what we must be able to use again. */

export type { JWK, JWTPayload } from 'jose'
export { createEnvelope, type Envelope, type SealedPlace } from './envelope.ts'
export {
  FOREIGN_ALGORITHMS,
  KeysNotUsable,
  type PublicJwk,
  type PublicKeys,
  parsePublicKeys,
  verifyForeignJwt,
} from './foreign-keys.ts'
export { codeChallenge, hashSecret } from './hash.ts'
export { readUnverified } from './jwt/compact.ts'
export { deriveKey, type Keyring, parseKeyring } from './keyring.ts'
export { loadKeyring } from './master-key.ts'
export { createPasswords, type Passwords } from './password.ts'
export { PasswordsBusy } from './password-turns.ts'
export { randomToken } from './random.ts'
export { createRemoteKeys, type KeyFetcher, type RemoteKeys } from './remote-keys.ts'
export { createSigner, type KeyView, type Signer, type VerifyOptions } from './signing-keys/signer.ts'
export { KEY_TIMING, type KeyTiming } from './signing-keys/timing.ts'
export { registerKeys } from './store/encryption-key.ts'
export { SIGNING_ALGS, type SigningAlg } from './store/signing-key.ts'
