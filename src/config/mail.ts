import { Secret } from '#base'
import { isLoopbackUrl } from './loopback.ts'
import type { SettingReader } from './reader.ts'

/** Where letters are handed in (RFC 6409), or whether they are printed instead. */
export type MailConfig = {
  /** Absent: nothing is sent. */
  readonly server: SmtpServer | undefined
  /** Whether letters go to the log instead: nobody else but who runs it reads that, and it is no real server. */
  readonly toLog: boolean
}

export type SmtpServer = {
  readonly host: string
  readonly port: number
  /** From the first byte on (`smtps:`, RFC 8314 §3.3), by STARTTLS or not at all, or by STARTTLS where it is offered. */
  readonly tls: 'implicit' | 'required' | 'optional'
  readonly user: string | undefined
  readonly password: Secret | undefined
  readonly from: { readonly name: string; readonly address: string }
}

const SUBMISSION = 587
const SUBMISSIONS = 465
/** One address, with or without a name before it. Neither may hold what ends a header line or begins another address. */
const FROM = /^(?:([^<>"@,;:\\\p{Cc}]*) )?<([^\s<>",;:\\@]+@[^\s<>",;:\\@]+)>$|^([^\s<>",;:\\@]+@[^\s<>",;:\\@]+)$/u

/** `SMTP_URL`, `SMTP_TLS` and `MAIL_FROM`. */
export function readMail(read: SettingReader, publicUrl: string): MailConfig {
  const url = read.secret('SMTP_URL')?.reveal()
  const tls = read.oneOf('SMTP_TLS', ['required', 'optional'], 'required')
  const sender = read.text('MAIL_FROM')
  const from = readFrom(read, sender)
  // Security §10.12: a link that lets somebody in is printed only where nobody else reads along.
  const toLog = url === undefined && isLoopbackUrl(publicUrl) && read.text('NODE_ENV') !== 'production'
  if (url === undefined) return { server: undefined, toLog }
  if (sender === undefined) read.problem('SMTP_URL is set, but MAIL_FROM is not: who are the letters from?')
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const isPlain = parsed && (parsed.pathname === '' || parsed.pathname === '/') && !parsed.search && !parsed.hash
  if (!parsed || !isPlain || !/^smtps?:$/.test(parsed.protocol) || parsed.hostname === '') {
    read.problem('SMTP_URL must look like smtp://user:password@host:587, or smtps://… for TLS from the first byte.')
    return { server: undefined, toLog }
  }
  const [user, password] = [parsed.username, parsed.password].map(decode)
  if (user === undefined || password === undefined) {
    read.problem('SMTP_URL holds a % that begins no encoded character in user or password: write it as %25.')
  }
  const isImplicit = parsed.protocol === 'smtps:'
  const server: SmtpServer = {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? (isImplicit ? SUBMISSIONS : SUBMISSION) : Number(parsed.port),
    // What goes to this machine itself crosses no network.
    tls: isImplicit ? 'implicit' : isLoopbackUrl(`http://${parsed.host}`) ? 'optional' : tls,
    user: user || undefined,
    password: password ? new Secret(password) : undefined,
    from,
  }
  return { server, toLog }
}

function readFrom(read: SettingReader, text = ''): SmtpServer['from'] {
  const [, name = '', inBrackets, alone] = FROM.exec(text) ?? []
  const address = inBrackets ?? alone ?? ''
  if (text !== '' && address === '') {
    read.problem('MAIL_FROM must be one address, such as trivet@example.com or Trivet <trivet@example.com>.')
  }
  return { name: name.trim(), address }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
