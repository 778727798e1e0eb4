import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect } from 'vitest'

type Received = { readonly to: string; readonly text: string }

/** A mail server on 127.0.0.1 that takes everything and keeps it, while the tests of a file run. */
export type Mailbox = {
  /** Settings of a product that hands its letters in here. */
  readonly settings: Readonly<Record<string, string>>
  /** Down for as long as `whileDown` runs: nobody listens at its port. */
  down<T>(whileDown: () => Promise<T>): Promise<T>
  to(recipient: string): readonly Received[]
  /** The link to this path in the latest letter to somebody; waits for one that holds it. */
  link(recipient: string, path: string): Promise<string>
}

export function useMailbox(): Mailbox {
  const letters: Received[] = []
  let server = createServer(letters)
  let port = 0
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()))

  async function start(): Promise<void> {
    server = createServer(letters)
    const listening = server.listen(port, '127.0.0.1')
    await once(listening, 'listening')
    const address = listening.address()
    if (typeof address !== 'object' || address === null) throw new Error('no port')
    port = address.port
  }

  const box: Mailbox = {
    get settings() {
      return { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'Trivet <trivet@id.example>' }
    },
    async down(whileDown) {
      await stop()
      try {
        return await whileDown()
      } finally {
        await start()
      }
    },
    to: (recipient) => letters.filter(({ to }) => to === recipient),
    async link(recipient, path) {
      const find = () =>
        box
          .to(recipient)
          .flatMap((letter) => letter.text.match(/https?:\/\/\S+/g) ?? [])
          .findLast((link) => new URL(link).pathname === path)
      // One whose process died is taken again when its lease is over, at the next look.
      await expect.poll(find, { timeout: 40_000 }).toBeDefined()
      return find() ?? ''
    },
  }
  beforeAll(start)
  afterAll(stop)
  return box
}

function createServer(letters: Received[]): SMTPServer {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, { envelope }, callback) {
      void text(stream).then((raw) => {
        for (const { address } of envelope.rcptTo) letters.push({ to: address, text: bodyOf(raw) })
        callback()
      })
    },
  })
  server.on('error', () => undefined)
  return server
}

/** The text of a letter of one part, without transfer encoding (RFC 2045 §6.7). */
function bodyOf(raw: string): string {
  const end = raw.indexOf('\r\n\r\n')
  const body = raw.slice(end + 4)
  if (!/^content-transfer-encoding: quoted-printable/im.test(raw.slice(0, end))) return body
  return body
    .replace(/=\r\n/g, '')
    .replace(/=([\dA-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
