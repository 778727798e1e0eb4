import nodemailer from 'nodemailer'
import { type Log, Secret } from '#base'
import type { SmtpServer } from '#config'
import type { Letter } from './mail.ts'

/** Hands a letter in. @throws whatever keeps it from being taken */
export type Transport = (to: string, letter: Letter) => Promise<void>

const ANSWER_MS = 10_000
const SILENCE_MS = 20_000

/** By SMTP (RFC 5321): one connection for each letter, there are few. */
export function createSmtpTransport({ host, port, tls, user, password, from }: SmtpServer): Transport {
  const transporter = nodemailer.createTransport({
    ...{ host, port, secure: tls === 'implicit', requireTLS: tls === 'required' },
    // Where TLS is optional a certificate proves nothing: whoever forges one could as well offer no TLS.
    ...(tls === 'optional' ? { tls: { rejectUnauthorized: false } } : {}),
    ...(user === undefined ? {} : { auth: { user, pass: (password ?? new Secret('')).reveal() } }),
    ...{ connectionTimeout: ANSWER_MS, dnsTimeout: ANSWER_MS, greetingTimeout: ANSWER_MS, socketTimeout: SILENCE_MS },
    // A letter is what stands in it: nothing is fetched into it.
    ...{ disableFileAccess: true, disableUrlAccess: true },
  })
  return async (to, { subject, text }) => {
    await transporter.sendMail({
      // A copy: nodemailer normalises the host in it in place, and settings are frozen.
      from: { ...from },
      // As an object it is one address whatever stands in it: no list, no second one (CVE-2022-35924).
      to: { name: '', address: to },
      subject: oneLine(subject),
      text,
      // RFC 3834 §5: no holiday notes as an answer.
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
  }
}

/** Into the log, where nobody but who runs it reads (security §10.12). */
export function createLogTransport(log: Log): Transport {
  return async (to, { subject, text }) => {
    log.warn({ to, subject: oneLine(subject), text }, 'There is no mail server (SMTP_URL): this letter was not sent')
  }
}

/** Whether the mail server said no, and will again (RFC 5321 §4.2.1): about this letter, not about our signing in. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !('responseCode' in error) || !('code' in error)) return false
  const { responseCode, code } = error
  return typeof responseCode === 'number' && responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE')
}

/** Header injection (security §11.8): CR, LF and whatever else would begin a line. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
}
