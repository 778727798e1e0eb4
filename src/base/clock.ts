/** The time of day, as an argument: tests hand in one they can move. */
export type Clock = { now(): Date }

/** The clock of this machine. */
export const systemClock: Clock = { now: () => new Date() }
