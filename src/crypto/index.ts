/** Randomness, hashes, and the envelope that seals what we must be able to use again. */
export { createEnvelope, type Envelope, type SealedPlace } from './envelope.ts'
export { codeChallenge, hashSecret } from './hash.ts'
export { deriveKey, type Keyring, parseKeyring } from './keyring.ts'
export { loadKeyring } from './master-key.ts'
export { randomToken } from './random.ts'
export { registerKeys } from './store/encryption-key.ts'
