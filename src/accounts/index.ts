/** Who people are here: guests now, users later; browser sessions; cookie → `Caller`. */
export { type Accounts, createAccounts } from './accounts.ts'
