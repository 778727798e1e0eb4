import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { newId, Secret } from '#base'
import { type Envelope, hashSecret, randomToken } from '#crypto'
import type { Cookies } from '#http'
import { isStepName, type StepName, stepsAfter } from '../steps/names.ts'
import { deleteSteps, listSteps, putStep } from '../store/step.ts'
import type { PlaygroundTables } from '../store/tables.ts'
import { deleteVisit, findVisit, insertVisit } from '../store/visit.ts'
import { exchangeSchema } from '../wire/exchange.ts'

const doneSchema = z.object({
  exchange: exchangeSchema,
  /** What only the client knows of an authorization request: RFC 7636 §4.1, RFC 6749 §10.12, OpenID Connect Core §3.1.2.1. */
  own: z.object({ state: z.string(), verifier: z.string(), nonce: z.string() }).optional(),
})

/** A step that was done: what went over the wire. */
export type Done = Readonly<z.infer<typeof doneSchema>>
export type Steps = ReadonlyMap<StepName, Done>

/** What one browser did here within the hour. */
export type Visits = {
  /** The id of this browser's visit, if it has one that lasts. */
  find(request: FastifyRequest): Promise<string | undefined>
  /** Begins one where there is none. Only ever called by a POST. */
  begin(request: FastifyRequest, reply: FastifyReply): Promise<string>
  steps(visitId: string): Promise<Steps>
  /** In the place of an earlier one; what rested on that goes. */
  keep(visitId: string, name: StepName, done: Done): Promise<void>
  forget(request: FastifyRequest, reply: FastifyReply): Promise<void>
}

const SECONDS = 60 * 60

export function createVisits(deps: {
  tables: Kysely<PlaygroundTables>
  envelope: Envelope
  cookies: Pick<Cookies, 'playground'>
}): Visits {
  const { tables, envelope } = deps
  const cookie = deps.cookies.playground
  const placeOf = (visitId: string, name: string) => ({
    table: 'playground_step',
    column: 'sealed',
    row: `${visitId} ${name}`,
    owner: visitId,
  })

  async function find(request: FastifyRequest): Promise<string | undefined> {
    const secret = cookie.get(request)
    return secret === undefined ? undefined : (await findVisit(tables, hashSecret(secret)))?.id
  }

  return {
    find,
    async begin(request, reply) {
      const known = await find(request)
      if (known !== undefined) return known
      const [id, secret] = [newId(), randomToken()]
      await insertVisit(tables, { id, secretHash: hashSecret(secret) })
      cookie.set(reply, secret, SECONDS)
      return id
    },
    async steps(visitId) {
      const rows = await listSteps(tables, visitId)
      return new Map(
        rows.flatMap(({ name, sealed }): [StepName, Done][] => {
          if (!isStepName(name)) return []
          const text = envelope.open(sealed, placeOf(visitId, name)).reveal()
          return [[name, doneSchema.parse(JSON.parse(text))]]
        }),
      )
    },
    async keep(visitId, name, done) {
      const sealed = envelope.seal(new Secret(JSON.stringify(done)), placeOf(visitId, name))
      await deleteSteps(tables, visitId, stepsAfter(name))
      await putStep(tables, visitId, { name, sealed })
    },
    async forget(request, reply) {
      const id = await find(request)
      if (id !== undefined) await deleteVisit(tables, id)
      cookie.clear(reply)
    },
  }
}
