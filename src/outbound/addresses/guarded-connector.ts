import type { LookupAddress, LookupOptions } from 'node:dns'
import { isIP } from 'node:net'
import { buildConnector } from 'undici'
import { isPublicAddress } from './public-address.ts'

export type Resolve = (hostname: string) => Promise<LookupAddress[]>

/** A name that leads to an address which must not be called. */
export class AddressNotAllowed extends Error {
  constructor(hostname: string, address: string) {
    super(`${hostname} has the address ${address}, which is not one of the public internet`)
    this.name = 'AddressNotAllowed'
  }
}

type LookupCallback = (error: Error | null, address: string | LookupAddress[], family?: number) => void

const CONNECT_SECONDS = 10

/**
 * Opens connections for undici. A name is resolved once, inside the connecting itself, every address it has is checked,
 * and the socket goes to exactly those: a second answer from the same DNS server (rebinding) is never asked for.
 */
export function createGuardedConnector(options: { allow: ReadonlySet<string>; resolve: Resolve }) {
  const connector = (check: (hostname: string, address: string) => void) =>
    buildConnector({
      // HTTP/2 would let requests share a connection whose loss says nothing about which of them arrived.
      allowH2: false,
      timeout: CONNECT_SECONDS * 1000,
      lookup: (hostname: string, request: LookupOptions, callback: LookupCallback) => {
        addressesOf(hostname, options.resolve, check).then(
          ([first, ...others]) =>
            request.all ? callback(null, [first, ...others]) : callback(null, first.address, first.family),
          (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), []),
        )
      },
    })
  const guarded = connector(assertPublic)
  const open = connector(() => {})
  return (target: buildConnector.Options, callback: buildConnector.Callback): void => {
    const port = target.port || (target.protocol === 'https:' ? '443' : '80')
    const host = isIP(target.hostname) === 6 ? `[${target.hostname}]` : target.hostname
    // `net.connect` looks nothing up for an address that is written out.
    const writtenOut = isIP(target.hostname) !== 0
    if (options.allow.has(`${host}:${port}`)) open(target, callback)
    else if (!writtenOut || isPublicAddress(target.hostname)) guarded(target, callback)
    else callback(new AddressNotAllowed(target.hostname, target.hostname), null)
  }
}

function assertPublic(hostname: string, address: string): void {
  if (!isPublicAddress(address)) throw new AddressNotAllowed(hostname, address)
}

async function addressesOf(
  hostname: string,
  resolve: Resolve,
  check: (hostname: string, address: string) => void,
): Promise<[LookupAddress, ...LookupAddress[]]> {
  const [first, ...others] = await resolve(hostname)
  if (first === undefined) throw new Error(`${hostname} has no address`)
  for (const { address } of [first, ...others]) check(hostname, address)
  return [first, ...others]
}
