import type { WayOn } from './way-on.ts'

/** For which somebody signs in: what can be said of it before they have. */
export type AskingApp = {
  /** Somebody typed it; undefined where nobody did. */
  readonly name: string | undefined
  /** Where they go then, for people: a host, or a program of their own machine. */
  readonly destination: string
  readonly isVerified: boolean
}

/** @returns undefined where nothing is known of it, or it is over; the page is shown all the same */
export type FindAskingApp = (interaction: string) => Promise<AskingApp | undefined>

/** @param way of whoever is asked to sign in; one that leads to a page of ours is for no app */
export async function appOfWay(
  find: FindAskingApp | undefined,
  { interaction }: WayOn,
): Promise<AskingApp | undefined> {
  return interaction === undefined ? undefined : find?.(interaction)
}
