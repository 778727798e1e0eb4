import type { Answer, SentRequest } from './exchange.ts'

/** A request as text, in the form of HTTP/1.1 (RFC 9112 §3). */
export function requestText({ method, url, headers, body }: SentRequest): string {
  const { host, pathname, search } = new URL(url)
  const lines = [`${method} ${pathname}${search} HTTP/1.1`, `Host: ${host}`, ...headers.map(line)]
  return body === undefined ? lines.join('\n') : `${lines.join('\n')}\n\n${pretty(body)}`
}

export function answerText({ status, headers, body }: Answer): string {
  const head = [`HTTP/1.1 ${status}`, ...headers.map(line)].join('\n')
  return body === '' ? head : `${head}\n\n${pretty(body)}`
}

function line([name, value]: readonly [string, string]): string {
  return `${name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())}: ${value}`
}

/** JSON over several lines, for reading; all else as it is. */
function pretty(body: string): string {
  if (!body.startsWith('{')) return body
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2)
  } catch {
    return body
  }
}
