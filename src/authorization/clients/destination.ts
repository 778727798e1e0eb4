/** Where an answer goes, for people: a host, or that it is a program of their own, and by which name that is called. */
export function destinationOf(redirectUri: string): { readonly place: string; readonly detail: string | undefined } {
  const { protocol, hostname, host } = new URL(redirectUri)
  if (protocol === 'https:') return { place: host, detail: undefined }
  if (protocol === 'http:') return { place: 'a program on this computer', detail: hostname }
  return { place: 'an app on this device', detail: protocol.slice(0, -1) }
}

/** The same in one line. */
export function describeDestination(redirectUri: string): string {
  const { place, detail } = destinationOf(redirectUri)
  return detail === undefined ? place : `${place} (${detail})`
}
