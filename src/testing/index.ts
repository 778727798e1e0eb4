/** What tests share: a real database each, a log that can be read. Imported by tests only. */
export { cookieBrowser } from './cookie-browser.ts'
export { type TestDatabase, testDatabase } from './database.ts'
export { failureOf } from './failure.ts'
export { capturedLog, silentLog } from './log.ts'
export { type Mailbox, openMailbox } from './mailbox.ts'
export { serve, type TestServer } from './server.ts'
export { withoutInserts } from './without-inserts.ts'
