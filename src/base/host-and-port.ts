/**
 * `host:port` of a URL, lower case, the port always written: the form in which hosts are compared.
 *
 * @throws TypeError for a text that is no URL.
 */
export function hostAndPort(url: string | URL): string {
  const { hostname, port, protocol } = new URL(url)
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`
}
