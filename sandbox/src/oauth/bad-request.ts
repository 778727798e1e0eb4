import { findRepeated } from './form.ts'

/** A request that is answered with an error page, never by a redirect. */
export class BadRequest extends Error {
  readonly error: string
  readonly status: number

  constructor(error: string, message: string, status = 400) {
    super(message)
    this.error = error
    this.status = status
  }
}

/** A request whose client and redirect address are right: the app is told what is wrong (RFC 6749, 4.1.2.1). */
export class SentBack extends Error {
  readonly location: string

  constructor(location: string) {
    super('The app is told')
    this.location = location
  }
}

export function needParameter(query: URLSearchParams, name: string): string {
  const value = query.get(name)
  if (!value) throw new BadRequest('invalid_request', `Missing required parameter: ${name}`)
  return value
}

export function refuseRepeats(query: URLSearchParams) {
  const name = findRepeated(query)
  if (name !== undefined) {
    throw new BadRequest('invalid_request', `OAuth 2 parameters can only have a single value: ${name}`)
  }
}
