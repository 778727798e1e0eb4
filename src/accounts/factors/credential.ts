import { z } from 'zod'

const text = z.string().min(1).max(20_000)
const base64url = text.regex(/^[\w-]+$/)
const common = {
  id: base64url.max(2000),
  rawId: base64url.max(2000),
  type: z.literal('public-key'),
}

/** WebAuthn §5.1: AuthenticationResponseJSON, as far as it is read here. */
const ASSERTION = z.object({
  ...common,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.optional(),
  }),
})

/** RegistrationResponseJSON. Transports are hints for browsers and may be any words. */
const ATTESTATION = z.object({
  ...common,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z
      .array(z.string().regex(/^[a-z-]{1,32}$/))
      .max(8)
      .optional(),
  }),
})

export type Assertion = z.infer<typeof ASSERTION>
export type Attestation = z.infer<typeof ATTESTATION>

/** What a browser brings from a passkey, in a field of a form. Undefined for anything else. */
export function parseAssertion(text: string): Assertion | undefined {
  return ASSERTION.safeParse(parseJson(text)).data
}

export function parseAttestation(text: string): Attestation | undefined {
  return ATTESTATION.safeParse(parseJson(text)).data
}

/** The challenge that was signed, not yet known to be one of ours. */
export function challengeOf({ response }: Assertion | Attestation): string {
  const client = parseJson(Buffer.from(response.clientDataJSON, 'base64url').toString('utf8'))
  return z.object({ challenge: z.string() }).safeParse(client).data?.challenge ?? ''
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
