import type { OAuthRealm } from '../oauth/realm.ts'
import type { Keys } from './keys.ts'
import type { Records } from './records.ts'

/** What every part of Sandbox Google works with. */
export type Realm = OAuthRealm & { records: Records; keys: Keys }
