import type { Secret } from '#base'
import type { Envelope, SealedPlace } from '#crypto'

/** Seals and opens what this room must be able to use again, each bound to its row and owner (the AAD). */
export type Vault = {
  sealAccessToken(token: Secret, row: Place): string
  sealRefreshToken(token: Secret, row: Place): string
  sealVerifier(verifier: Secret, row: Place): string
  /** @throws Error for a value that was changed, or moved here from another row or owner. */
  openAccessToken(sealed: string, row: Place): Secret
  openRefreshToken(sealed: string, row: Place): Secret
  openVerifier(sealed: string, row: Place): Secret
}

type Place = { readonly id: string; readonly ownerId: string }

export function createVault(envelope: Envelope): Vault {
  return {
    sealAccessToken: (token, row) => envelope.seal(token, accessToken(row)),
    sealRefreshToken: (token, row) => envelope.seal(token, refreshToken(row)),
    sealVerifier: (verifier, row) => envelope.seal(verifier, codeVerifier(row)),
    openAccessToken: (sealed, row) => envelope.open(sealed, accessToken(row)),
    openRefreshToken: (sealed, row) => envelope.open(sealed, refreshToken(row)),
    openVerifier: (sealed, row) => envelope.open(sealed, codeVerifier(row)),
  }
}

const accessToken = (row: Place) => place('connection', 'sealed_access_token', row)
const refreshToken = (row: Place) => place('connection', 'sealed_refresh_token', row)
const codeVerifier = (row: Place) => place('authorization_request', 'sealed_code_verifier', row)

function place(table: string, column: string, { id, ownerId }: Place): SealedPlace {
  return { table, column, row: id, owner: ownerId }
}
