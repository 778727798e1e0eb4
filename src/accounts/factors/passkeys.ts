import { isIP } from 'node:net'
import type { Kysely } from 'kysely'
import { newId } from '#base'
import type { Note } from '../store/note.ts'
import { findPasskey, findPasskeysOf, insertPasskey, notePasskeyUse, type StoredPasskey } from '../store/passkey.ts'
import type { AccountTables } from '../store/tables.ts'
import { findUser } from '../store/user.ts'
import type { User } from '../user.ts'
import type { Challenges } from './challenges.ts'
import { challengeOf, parseAssertion, parseAttestation } from './credential.ts'

/** A page of a browser: its CSRF token, by which the browser is known. */
type FromPage = { readonly csrf: string }

/**
 * Passkeys (W3C Web Authentication Level 3): kept by the authenticator together with who they are of, and used with its
 * own check of the person (PIN, finger, face), so that one of them is two factors.
 */
export type Passkeys = {
  /**
   * JSON for `navigator.credentials.get`; undefined where browsers have no passkeys: under an IP address (WebAuthn
   * §5.1.3 wants a domain).
   *
   * @param of whose passkeys are asked for; nobody's at the sign-in, so that it tells nothing about anybody
   */
  signInOptions(page: FromPage, of?: Pick<User, 'id'>): Promise<string | undefined>
  /** Who signed, and the row that says so; undefined for whatever is wrong. */
  signIn(credential: string, page: FromPage): Promise<PasskeyOutcome>
  /** The same for `navigator.credentials.create`. */
  addOptions(page: FromPage, user: User): Promise<string | undefined>
  /** @param to.note written with it */
  add(
    credential: string,
    page: FromPage,
    to: { readonly user: User; readonly sessionId: string; readonly name: string; readonly note: Note },
  ): Promise<AddOutcome>
}

export type PasskeyOutcome =
  | { readonly result: 'succeeded'; readonly user: User }
  /** `ownerId`: of the passkey that was shown, if there is one. */
  | { readonly result: 'failed'; readonly ownerId: string | undefined }
  /** The page was open for more than an hour: nothing was tried. */
  | { readonly result: 'expired' }

export type AddOutcome =
  | { readonly result: 'added'; readonly id: string }
  /** `expired`: the page was not sent from here, or too late, or twice. */
  | { readonly result: 'expired' | 'failed' | 'taken' }

/**
 * RFC 8176 and its registry: a key was used (`pop`; nobody attested where it is kept, so neither `hwk` nor `swk`), the
 * person was there (`user`) and has been checked by the authenticator, which makes it two factors (`mfa`).
 */
export const PASSKEY_AMR = ['pop', 'user', 'mfa'] as const

/** More than anybody has; a list that somebody grows for nothing ends here. */
const MOST_PASSKEYS = 30
/** COSE: EdDSA, ES256, RS256 (RFC 9053 §2, RFC 8812 §2), which every authenticator has one of. */
const ALGORITHMS = [-8, -7, -257]
const TIMEOUT_MS = 5 * 60_000

export function createPasskeys(deps: {
  tables: Kysely<AccountTables>
  challenges: Challenges
  publicUrl: string
}): Passkeys {
  const { tables, challenges } = deps
  const { hostname: rpID, origin, host } = new URL(deps.publicUrl)
  const hasDomain = isIP(rpID.replace(/[[\]]/g, '')) === 0
  const expected = { expectedOrigin: origin, expectedRPID: rpID, requireUserVerification: true }

  return {
    async signInOptions({ csrf }, of) {
      if (!hasDomain) return undefined
      const own = of === undefined ? [] : await findPasskeysOf(tables, of.id)
      // §5.1.10, PublicKeyCredentialRequestOptionsJSON.
      return JSON.stringify({
        rpId: rpID,
        challenge: Buffer.from(challenges.make('sign_in', csrf)).toString('base64url'),
        userVerification: 'required',
        timeout: TIMEOUT_MS,
        allowCredentials: own.map((passkey) => ({ ...descriptor(passkey), type: 'public-key' })),
      })
    },

    async signIn(text, { csrf }) {
      const response = parseAssertion(text)
      const passkey = response && (await findPasskey(tables, response.id))
      const failed = { result: 'failed', ownerId: passkey?.ownerId } as const
      // Spent whatever becomes of it: nothing is tried twice with one challenge.
      const challenge = response && challengeOf(response)
      if (!response || !challenge) return failed
      const spent = await challenges.spend(challenge, 'sign_in', csrf)
      if (spent === 'ended') return { result: 'expired' }
      if (spent === 'refused' || !passkey) return failed

      const credential = { id: passkey.credentialId, publicKey: bytes(passkey.publicKey), counter: passkey.signCount }
      const { userHandle, ...signed } = response.response
      const { verifyAuthenticationResponse } = await webAuthn()
      const verified = await verifyAuthenticationResponse({
        ...expected,
        response: { ...response, clientExtensionResults: {}, response: signed },
        expectedChallenge: challenge,
        credential,
      }).catch(() => undefined)
      if (!verified?.verified) return failed
      const user = await findUser(tables, passkey.ownerId)
      // §7.2 step 6: the handle is of the account that the key was made for.
      if (!user || !isHandleOf(user, userHandle)) return failed
      const { newCounter: signCount, credentialBackedUp: isSynced } = verified.authenticationInfo
      const isNoCopy = await notePasskeyUse(tables, { id: passkey.id, signCount, isSynced })
      return isNoCopy ? { result: 'succeeded', user } : failed
    },

    async addOptions({ csrf }, user) {
      if (!hasDomain) return undefined
      const own = await findPasskeysOf(tables, user.id)
      const { generateRegistrationOptions } = await webAuthn()
      const options = await generateRegistrationOptions({
        rpID,
        rpName: host,
        // §14.6.1: nothing that names the person; the same for all of their passkeys.
        userID: bytes(Buffer.from(user.publicId)),
        userName: user.username,
        userDisplayName: user.profile.name ?? user.username,
        challenge: challenges.make('add', csrf),
        timeout: TIMEOUT_MS,
        attestationType: 'none',
        supportedAlgorithmIDs: ALGORITHMS,
        excludeCredentials: own.map(descriptor),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      })
      return JSON.stringify(options)
    },

    async add(text, { csrf }, { user, sessionId, name, note }) {
      const response = parseAttestation(text)
      const challenge = response && challengeOf(response)
      if (!response || !challenge) return { result: 'failed' }
      if ((await challenges.spend(challenge, 'add', csrf)) !== 'spent') return { result: 'expired' }
      const { transports = [], ...signed } = response.response
      const { verifyRegistrationResponse } = await webAuthn()
      const verified = await verifyRegistrationResponse({
        ...expected,
        response: { ...response, clientExtensionResults: {}, response: signed },
        expectedChallenge: challenge,
        supportedAlgorithmIDs: ALGORITHMS,
      }).catch(() => undefined)
      if (!verified?.verified) return { result: 'failed' }
      const { credential, credentialBackedUp: isSynced } = verified.registrationInfo
      const passkey = {
        id: newId(),
        ownerId: user.id,
        sessionId,
        credentialId: credential.id,
        publicKey: Buffer.from(credential.publicKey),
        signCount: credential.counter,
        transports,
        isSynced,
        name,
      }
      const isNew = await insertPasskey(tables, passkey, { most: MOST_PASSKEYS, note })
      return isNew ? { result: 'added', id: passkey.id } : { result: 'taken' }
    },
  }
}

function isHandleOf(user: User, userHandle: string | undefined): boolean {
  return userHandle === undefined || Buffer.from(userHandle, 'base64url').toString() === user.publicId
}

function descriptor({ credentialId, transports }: StoredPasskey) {
  return { id: credentialId, transports }
}

/** Read when it is first needed: it brings ASN.1 and certificates along, which would be a tenth of each start. */
function webAuthn() {
  return import('@simplewebauthn/server')
}

/** The library takes bytes of a buffer of their own only. */
function bytes(buffer: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer)
}
