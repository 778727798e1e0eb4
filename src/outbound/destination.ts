import { hostAndPort } from '#base'
import { OutboundFailure } from './errors.ts'

/** Whether `host:port` is in a list; an entry without a port means port 443, so that a token never leaves by `http:` unasked. */
export function isListed(host: string, hosts: readonly string[]): boolean {
  return hosts.some((entry) => (/:\d+$/.test(entry) ? entry : `${entry}:443`).toLowerCase() === host)
}

/**
 * Reads the address of a call: http or https, no user name or password in it, and one of the hosts that the caller
 * means to reach.
 *
 * @throws OutboundFailure `host_not_allowed`
 */
export function parseDestination(text: string, hosts: readonly string[]): URL {
  const refuse = (message: string) => new OutboundFailure('host_not_allowed', message, { phase: 'not_sent' })
  if (!URL.canParse(text)) throw refuse('The other side gave an address that is not a URL, so it was not called.')
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refuse(`An address that begins with ${url.protocol} was not called: only http and https are.`)
  }
  if (url.username !== '' || url.password !== '') {
    throw refuse(`An address at ${url.host} was not called, because it holds a user name or password.`)
  }
  const host = hostAndPort(url)
  if (!isListed(host, hosts) || (url.protocol === 'http:' && url.port === '443')) {
    throw refuse(`${url.host} was not called: it is not one of the servers that belong to this step.`)
  }
  return url
}
