import fc from 'fast-check'
import type { Address } from './addresses.ts'
import { NAMES, oddBody, oddText, PLANTED, SECRET_NAMES } from './values.ts'

/** A request as it goes out. */
export type BadRequest = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

type Pairs = readonly (readonly [string, string])[]

/** What requests are made of beside oddities: things that are right, so that some of them get far. */
export type Ingredients = {
  readonly addresses: readonly Address[]
  /** Of addresses, by `METHOD path`: parameters that nothing is wrong with. */
  readonly good: Readonly<Record<string, Pairs>>
  /** Whole `Cookie` headers of people who are signed in, each with the token for its forms. */
  readonly people: readonly { readonly cookie: string; readonly csrf: string }[]
  /** Whole `Authorization` headers. */
  readonly authorizations: readonly string[]
  /** Paths whose forms are sent without a valid token: they would end what the other requests live on. */
  readonly neverGenuine: readonly string[]
}

/** Requests to all addresses: a good one with some changes, or one that is odd all through. */
export function badRequests(have: Ingredients): fc.Arbitrary<BadRequest> {
  const secret = fc.constantFrom(...SECRET_NAMES).map((name) => [name, PLANTED] as const)
  const change = fc.oneof(
    { weight: 5, arbitrary: fc.tuple(fc.constantFrom(...NAMES), oddText) },
    { weight: 1, arbitrary: secret },
    { weight: 1, arbitrary: fc.tuple(oddText, oddText) },
  )
  return fc.constantFrom(...have.addresses).chain((address) => {
    const route = `${address.method} ${address.path}`
    const good = have.good[route] ?? []
    const isGenuine = have.neverGenuine.includes(address.path) ? fc.constant(false) : fc.boolean()
    return fc
      .record({
        method: fc.oneof(
          { weight: 12, arbitrary: fc.constant(address.method) },
          {
            weight: 1,
            arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND'),
          },
        ),
        segments: fc.array(oddText, { minLength: 3, maxLength: 3 }),
        dropped: good.length === 0 ? fc.constant(null) : sometimes(3, fc.constantFrom(...good.map(([name]) => name))),
        added: fc.array(change, { maxLength: 4 }),
        rawEscape: sometimes(8, fc.constantFrom('%', '%ED%A0%80', '%00', '%zz', '&&==', '%ff')),
        kind: kindsFor(address),
        type: sometimes(
          8,
          fc.constantFrom('text/plain', '', 'multipart/form-data; boundary=x', 'application/json; charset=x'),
        ),
        odd: oddBody,
        isGenuine,
        person: sometimes(2, fc.constantFrom(...have.people)),
        authorization: sometimes(
          usesBearer(address) ? 2 : 5,
          fc.oneof(fc.constantFrom(...have.authorizations), fc.constant(`Bearer ${PLANTED}`)),
        ),
        accept: fc.constantFrom('text/html', 'application/json', '*/*', 'text/event-stream'),
        origin: fc.constantFrom(
          {},
          {},
          {},
          { origin: 'https://evil.example' },
          { 'sec-fetch-site': 'cross-site' },
          { origin: 'null' },
        ),
        from: fc.tuple(fc.nat(255), fc.nat(255)),
      })
      .map((parts): BadRequest => {
        const { person, isGenuine: genuine, authorization } = parts
        const token: Pairs = person && genuine ? [['csrf', person.csrf]] : []
        const pairs = [...good.filter(([name]) => name !== parts.dropped), ...parts.added, ...token]
        const text = formOf(pairs) + (parts.rawEscape ?? '')
        const isRead = /^(GET|HEAD|OPTIONS|DELETE)$/.test(parts.method)
        const path = pathOf(address.path, parts.segments) + (isRead && text !== '' ? `?${text}` : '')
        const body = isRead
          ? undefined
          : { form: text, json: jsonOf(pairs), odd: parts.odd, none: undefined }[parts.kind]
        const types = { form: FORM, json: 'application/json', odd: 'application/json', none: undefined }
        const type = parts.type ?? types[parts.kind]
        return {
          method: parts.method,
          path,
          headers: {
            accept: parts.accept,
            // The proxy that everybody comes through: limits by address are not what is tried here.
            'x-forwarded-for': `10.0.${parts.from.join('.')}`,
            ...parts.origin,
            ...(person ? { cookie: person.cookie } : {}),
            ...(authorization ? { authorization } : {}),
            ...(body !== undefined && type !== undefined ? { 'content-type': type } : {}),
          },
          body,
        }
      })
  })
}

/** Once in so many. */
function sometimes<T>(one: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: one - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary })
}

/** Addresses for programs; elsewhere a token makes the cookies count for nothing. */
function usesBearer({ path }: Address): boolean {
  return /^\/(api\/|client|authorize|userinfo|token|introspect|revoke)/.test(path)
}

/** What an address takes is sent there more often than what it refuses at once. */
function kindsFor({ path }: Address) {
  const isJson = /^\/(api\/|client|register$|login$)/.test(path)
  const [usual, other] = isJson ? (['json', 'form'] as const) : (['form', 'json'] as const)
  return fc.constantFrom(usual, usual, usual, usual, other, 'odd' as const, 'none' as const)
}

const FORM = 'application/x-www-form-urlencoded'

function pathOf(path: string, segments: readonly string[]): string {
  let index = 0
  return path.replace(/:[a-z]+/gi, () => escaped(segments[index++ % segments.length] ?? '').slice(0, 3000))
}

function formOf(pairs: Pairs): string {
  return pairs.map((pair) => pair.map(escaped).join('=')).join('&')
}

/** Members twice stay twice, as no object could have them. */
function jsonOf(pairs: Pairs): string {
  return `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${memberOf(value)}`).join(',')}}`
}

/** Some values are JSON by themselves: arrays for texts and the like. */
function memberOf(value: string): string {
  return /^(\[.*\]|\{.*\}|null|true|-1)$/.test(value) && isJson(value) ? value : JSON.stringify(value)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** As `encodeURIComponent`, which refuses halves of surrogate pairs; they go out as the three bytes they would be. */
function escaped(text: string): string {
  return [...text].map((one) => (one.isWellFormed() ? encodeURIComponent(one) : '%ED%A0%80')).join('')
}
