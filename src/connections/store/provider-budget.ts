import type { Database } from '#database'

/** Of whom: what is sent to a sandbox does not count for the real one. */
export type BudgetKey = { readonly provider: string; readonly issuer: string }

/** Seconds. `granted`: until the reserved moment; else: until it is worth asking again. */
export type Reservation = {
  readonly granted: boolean
  readonly wait: number
  /** Nobody sends anything at the moment. */
  readonly isHeld: boolean
}

/** Nothing reserved or held lies further ahead, unless the clock was put back since. */
const MOST_QUEUE_SECONDS = 30
const MOST_HOLD_SECONDS = 3600
/** How far those who are sent away are spread out. */
const MOST_LATER_SECONDS = 60

/**
 * One statement: reads the row under its lock, reserves the next free moment when that is near enough, else hands out a
 * moment to ask again, one after the other at the same pace, so that they do not come back all at once.
 */
const RESERVE = {
  name: 'connections_reserve',
  text: `update trivet.provider_budget as budget
    set next_at = case when asked.granted then asked.slot + asked.spacing else budget.next_at end,
        later_at = case when asked.granted then budget.later_at else asked.later end
    from (
      select *, slot <= now + make_interval(secs => $4) as granted,
        least(greatest(later_at, slot), slot + interval '${MOST_LATER_SECONDS} s') + spacing as later
      from (
        select provider, issuer, later_at, now, make_interval(secs => $3) as spacing,
          greatest(
            now,
            least(next_at, now + interval '${MOST_QUEUE_SECONDS} s'),
            least(held_until, now + interval '${MOST_HOLD_SECONDS} s')
          ) as slot
        from (
          select *, trivet.clock() as now from trivet.provider_budget
          where provider = $1 and issuer = $2 for update
        ) as locked
      ) as free
    ) as asked
    where budget.provider = asked.provider and budget.issuer = asked.issuer
    returning asked.granted, budget.held_until > asked.now as "isHeld",
      extract(epoch from (case when asked.granted then asked.slot else asked.later end) - asked.now)::float8 as wait`,
}

const BEGIN = {
  name: 'connections_begin_budget',
  text: `insert into trivet.provider_budget (provider, issuer) values ($1, $2) on conflict do nothing`,
}

const HOLD = {
  name: 'connections_hold_budget',
  text: `insert into trivet.provider_budget as budget (provider, issuer, held_until)
    values ($1, $2, trivet.clock() + make_interval(secs => $3))
    on conflict (provider, issuer) do update set held_until = greatest(budget.held_until, excluded.held_until)`,
}

/**
 * A count of its own for each window, which begins with the first refusal after the last one. `$3` is how many are
 * too many, `$4` the window's seconds. A window that lies ahead is one from before the clock was put back.
 */
const REFUSED = {
  name: 'connections_count_refusal',
  text: `insert into trivet.provider_budget as budget (provider, issuer, refusals, refusals_since)
    values ($1, $2, 1, trivet.clock())
    on conflict (provider, issuer) do update set (refusals, refusals_since, held_until) = (
      select count, since,
        case when count >= $3::int then greatest(budget.held_until, since + length) else budget.held_until end
      from (
        select length,
          case when isUnderWay then budget.refusals + 1 else 1 end as count,
          case when isUnderWay then budget.refusals_since else now end as since
        from (
          select length, now, budget.refusals_since <= now and budget.refusals_since + length > now as isUnderWay
          from (select trivet.clock() as now, make_interval(secs => $4) as length) as moment
        ) as measured
      ) as counted
    )
    returning refusals as count,
      extract(epoch from (refusals_since + make_interval(secs => $4) - trivet.clock()))::float8 as "secondsLeft"`,
}

/** In this window, this one included. */
export type Refusals = { readonly count: number; readonly secondsLeft: number }

/** Counts one more refusal. From the `most`th one in a window on, nobody sends anything until it ends. */
export async function countRefusal(
  database: Pick<Database, 'prepared'>,
  key: BudgetKey,
  window: { readonly most: number; readonly seconds: number },
): Promise<Refusals> {
  const values = [key.provider, key.issuer, window.most, window.seconds]
  const [refusals] = await database.prepared<Refusals>(REFUSED, values)
  if (!refusals) throw new Error('a refusal was not counted')
  return refusals
}

/**
 * Reserves a moment for one call.
 *
 * @param request.spacing seconds between two calls
 * @param request.patience seconds that the caller would wait; a moment further ahead is not reserved
 */
export async function reserve(
  database: Pick<Database, 'prepared'>,
  key: BudgetKey,
  request: { readonly spacing: number; readonly patience: number },
): Promise<Reservation> {
  for (;;) {
    const values = [key.provider, key.issuer, request.spacing, request.patience]
    const [reservation] = await database.prepared<Reservation>(RESERVE, values)
    if (reservation) return reservation
    // The first call ever, or the first one after a crash.
    await database.prepared(BEGIN, [key.provider, key.issuer])
  }
}

/** Nobody sends anything for so many seconds, an hour at most; a longer hold that is there stays. */
export async function hold(database: Pick<Database, 'prepared'>, key: BudgetKey, seconds: number): Promise<void> {
  await database.prepared(HOLD, [key.provider, key.issuer, Math.min(seconds, MOST_HOLD_SECONDS)])
}
