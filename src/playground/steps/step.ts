import type { PlannedRequest } from '../wire/planned-request.ts'
import type { Facts } from './facts.ts'

export type Fields = Readonly<Record<string, string>>

/** What a step knows beside the form. */
export type StepContext = {
  readonly facts: Facts
  readonly callback: string
  /** The session of this browser, where somebody is signed in: the other way to be known at `/client`. */
  readonly session: { readonly cookie: string; readonly csrf: string } | undefined
}

/** A step that sends one request. */
export type Step = (fields: Fields, context: StepContext) => PlannedRequest | NotYet

/** What has to be done first. */
export type NotYet = { readonly first: string }

const MOST = 500

/** What was typed, no longer than anything sensible. */
export function typed(fields: Fields, name: string): string {
  return (fields[name] ?? '').slice(0, MOST)
}
