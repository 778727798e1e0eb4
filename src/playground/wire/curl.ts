import type { SentRequest } from './exchange.ts'
import { HIDDEN } from './planned-request.ts'

const VARIABLES = Object.values(HIDDEN)

/** One line for a POSIX shell that sends the same request; what is hidden in it is a variable to be set first. */
export function curlOf({ method, url, headers, body }: SentRequest): string {
  const usual = body === undefined ? 'GET' : 'POST'
  return [
    'curl -sS',
    ...(method === usual ? [] : [`-X ${method}`]),
    quote(url),
    ...headers.map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    // Not `-d`, which would read a file where the text begins with `@`.
    ...(body === undefined ? [] : [`--data-raw ${quote(body)}`]),
  ].join(' ')
}

/** In single quotes, in which a shell reads nothing; variables of ours stand outside of them, in double ones. */
function quote(text: string): string {
  const safe = `'${text.replaceAll("'", "'\\''")}'`
  return VARIABLES.reduce((line, variable) => line.replaceAll(variable, `'"${variable}"'`), safe)
}
