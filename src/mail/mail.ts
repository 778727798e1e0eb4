/** A letter as it is handed in: plain text, so that there is no markup for a name to break out of. */
export type Letter = { readonly subject: string; readonly text: string }

/**
 * What a letter is to be about. Everything in it is stored for a while, so it holds nothing secret.
 *
 * `seconds`: when it could not be sent within them it is not sent any more.
 */
export type Order = {
  readonly kind: string
  readonly to: string
  readonly data: Readonly<Record<string, string>>
  readonly seconds: number
}

/**
 * Writes the letter of an order, at the moment it is sent; again with each try. Undefined: there is nobody to write to,
 * or nothing to say any more.
 */
export type Writer = (order: Pick<Order, 'to' | 'data'>) => Promise<Letter | undefined>

/** A letter that no mail server has taken so far; nothing in it says whose it is. */
export type LetterTrouble = {
  readonly id: string
  readonly kind: string
  readonly orderedAt: Date
  readonly tries: number
  /** What the mail server said, or why it was not reached. */
  readonly failure: string
  /** Else it is tried again. */
  readonly isGivenUp: boolean
}

/** Letters to people. */
export type Mail = {
  /** By a mail server, into the log of who runs it on their own machine, or not at all. */
  readonly mode: 'smtp' | 'log' | 'off'
  /**
   * Resolves when the order is stored: the letter is sent later, by any process, and tried again for as long as it makes
   * sense. At least once: a process that dies right after the mail server took a letter leaves it to be sent again.
   */
  order(order: Order): Promise<void>
  /** Sends from now on what is ordered, by the writer of its kind. */
  start(writers: Readonly<Record<string, Writer>>): void
  /** Letters of which a try has failed, the latest first: those to be tried again, and those given up within a week. */
  troubles(most: number): Promise<readonly LetterTrouble[]>
  /** Forgets, after a week, what could not be sent. */
  prune(): Promise<void>
  /** A letter that is just being handed in gets a moment. */
  close(): Promise<void>
}
