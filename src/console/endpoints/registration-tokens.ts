import type { FieldError } from '#ui'
import type { Actions } from '../actions/actions.ts'
import { MOST_SECONDS, MOST_USES } from '../contracts/registration-tokens.ts'
import type { ConsoleDeps } from '../deps.ts'
import type { ConsolePages, Visit } from '../gate/console-pages.ts'
import { registrationTokensPage, type TypedToken } from '../pages/registration-tokens-page.tsx'
import { withFields } from './typed.ts'

const PATH = '/console/registration-tokens'
const DAY = 86_400
const NOTHING: TypedToken = { note: '', uses: '', days: '' }

/** `GET` and `POST /console/registration-tokens`, `POST /console/registration-tokens/delete`. */
export function registrationTokenRoutes(pages: ConsolePages, deps: ConsoleDeps, { tokens }: Actions): void {
  async function show(
    { reply, page, confirm }: Visit,
    shown: { typed: TypedToken; errors?: readonly FieldError[]; made?: string; status?: string | undefined },
  ) {
    const { typed, errors = [], made, status } = shown
    const isOff = !deps.takesRegistrationTokens
    const list = await tokens.list()
    const view = registrationTokensPage({ page, confirm, status, tokens: list, typed, errors, made, isOff })
    return deps.pages.send(reply, view, { status: errors.length > 0 ? 422 : 200 })
  }

  pages.get(PATH, async (visit) => {
    const status = visit.query['notice'] === 'deleted' ? 'The token has ended.' : undefined
    return show(visit, { typed: typedOf(visit.query), status })
  })

  pages.post(
    PATH,
    ({ fields }) => withFields(PATH, typedOf(fields)),
    async (visit) => {
      const typed = typedOf(visit.fields)
      const uses = parseCount(typed.uses, MOST_USES)
      const days = parseCount(typed.days, MOST_SECONDS / DAY)
      const errors = [
        ...(uses === null ? [{ field: 'token-uses', message: `A number from 1 to ${MOST_USES}, or nothing.` }] : []),
        ...(days === null
          ? [{ field: 'token-days', message: `A number from 1 to ${MOST_SECONDS / DAY}, or nothing.` }]
          : []),
      ]
      if (uses === null || days === null) return show(visit, { typed, errors })
      const expiresIn = days === undefined ? undefined : days * DAY
      const { token } = await tokens.create(visit.administrator, { note: typed.note, uses, expiresIn })
      return show(visit, { typed: NOTHING, made: token })
    },
  )

  pages.post(
    `${PATH}/delete`,
    () => PATH,
    async ({ reply, fields, administrator }) => {
      await tokens.remove(administrator, fields['id'] ?? '')
      return reply.redirect(`${PATH}?notice=deleted`, 303)
    },
  )
}

function typedOf({ note = '', uses = '', days = '' }: Readonly<Record<string, string>>): TypedToken {
  return { note: note.trim().slice(0, 200), uses: uses.trim().slice(0, 20), days: days.trim().slice(0, 20) }
}

/** @returns undefined for an empty field, null for what is no such number */
function parseCount(text: string, most: number): number | undefined | null {
  if (text === '') return undefined
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0
  return count >= 1 && count <= most ? count : null
}
