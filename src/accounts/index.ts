/** Who people are here: guests now, users later; browser sessions; cookie → `Caller`. */
export { type Accounts, createAccounts, type Owned } from './accounts.ts'
