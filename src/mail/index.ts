/**
 * Letters to people: ordered in PostgreSQL, written and handed to a mail server (SMTP) by whichever process is free,
 * tried again until they are taken or too late. Owns nodemailer.
 */
export type { Letter, LetterTrouble, Mail, Order, Writer } from './mail.ts'
export { createMail } from './post-office.ts'
