import { once } from 'node:events'
import { SMTPServer } from 'smtp-server'

export type Received = {
  /** Who the envelope names, which is who gets it. */
  readonly to: readonly string[]
  readonly from: string
  /** By name in small letters, unfolded. */
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
  readonly raw: string
}

export type Mailbox = Awaited<ReturnType<typeof openMailbox>>

/**
 * A mail server on 127.0.0.1 that keeps what it gets.
 *
 * @param options.refuse what it says to a recipient, such as 550 or 451; it may change its mind between two letters
 */
export async function openMailbox(
  options: {
    readonly refuse?: (to: string) => number | undefined
    readonly password?: string
    readonly greetsAfterMs?: number
    readonly port?: number
  } = {},
) {
  const letters: Received[] = []
  const server = new SMTPServer({
    authOptional: options.password === undefined,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onConnect: (_session, callback) => void setTimeout(callback, options.greetsAfterMs ?? 0),
    onAuth: ({ password }, _session, callback) =>
      password === options.password ? callback(null, { user: 'us' }) : callback(new Error('no')),
    onRcptTo({ address }, _session, callback) {
      const code = options.refuse?.(address)
      if (code === undefined) return callback()
      callback(Object.assign(new Error('Not today'), { responseCode: code }))
    },
    onData(stream, { envelope }, callback) {
      void stream.toArray().then((chunks: Buffer[]) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
        const to = envelope.rcptTo.map(({ address }) => address)
        letters.push({ to, from, ...parse(Buffer.concat(chunks).toString('utf8')) })
        callback()
      })
    },
  })
  server.on('error', () => undefined)
  const listening = server.listen(options.port ?? 0, '127.0.0.1')
  await once(listening, 'listening')
  const address = listening.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0

  return {
    port,
    letters,
    to: (recipient: string) => letters.filter(({ to }) => to.includes(recipient)),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

/** A letter of one part (RFC 5322 §2, RFC 2045 §6). */
function parse(raw: string) {
  const [head = '', ...rest] = raw.split('\r\n\r\n')
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  const headers = new Map(
    lines.map((line) => [line.split(':', 1)[0]?.toLowerCase() ?? '', line.slice(line.indexOf(':') + 1).trim()]),
  )
  const body = rest.join('\r\n\r\n')
  return { headers, raw, text: decode(body, headers.get('content-transfer-encoding') ?? '7bit') }
}

function decode(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  if (encoding !== 'quoted-printable') return body.replaceAll('\r\n', '\n')
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([\dA-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8').replaceAll('\r\n', '\n')
}
