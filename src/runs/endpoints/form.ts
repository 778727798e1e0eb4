import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isId, newId } from '#base'
import { formFields } from '#http'
import { type LoadedForm, loadForm, readForm } from '../definition/form.ts'
import type { Mashup } from '../definition/mashup.ts'
import { filledForm } from '../filled-form.ts'
import { type BackReason, parseBackReason } from '../pages/back-notice.tsx'
import { FormPage } from '../pages/form-page.tsx'
import { hasBegun, type Run } from '../run-view.ts'
import type { EndpointDeps } from './deps.ts'

type Deps = Pick<EndpointDeps, 'runs' | 'services' | 'serviceSource' | 'accounts' | 'connections' | 'csrf' | 'pages'>

/** An id of ours, and a mark for each time that it was sent with other answers. */
const SUBMISSION = /^[0-9a-f-]{36}(:[0-9a-f]{16}){0,8}$/

/** `GET <path>`, `POST <path>/<action>`, and both at the root for a mash-up that says so. */
export function formRoutes(server: FastifyInstance, deps: Deps, mashup: Mashup): void {
  const action = `${mashup.path}/${mashup.action}`
  server.get(mashup.path, (request, reply) => show(deps, mashup, request, reply))
  server.post(action, (request, reply) => start(deps, mashup, request, reply))
  // A GET starts nothing: it shows the form, filled in.
  const filled = async (request: FastifyRequest, reply: FastifyReply) =>
    reply.redirect(`${mashup.path}${queryOf(request.url)}`, 302)
  server.get(action, filled)
  if (!mashup.rootAction) return
  server.get(`/${mashup.action}`, filled)
  // 308 keeps method and body (RFC 9110 §15.4.9).
  server.post(`/${mashup.action}`, async (request, reply) => reply.redirect(`${action}${queryOf(request.url)}`, 308))
}

async function show(deps: Deps, mashup: Mashup, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const query = formFields(request.query)
  const earlier = await earlierRun(deps, mashup, request, query.run)
  const texts = { ...textsOf(earlier), ...query }
  const notice = parseBackReason(query.connect)
  return render(deps, mashup, request, reply, {
    texts,
    // A run that has begun stays as it is: sending the form again makes another one.
    submission: earlier?.submission && !hasBegun(earlier) ? earlier.submission : newId(),
    errors: {},
    notice,
    status: 200,
  })
}

/** Form checked → owner → run stored → the run's page, or the provider where an account is missing. */
async function start(deps: Deps, mashup: Mashup, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const texts = formFields(request.body)
  if (!deps.csrf.isGenuine(request, texts.csrf)) {
    // The documents' root path brings no token; a form that lay open too long brings an old one. Neither loses its text.
    return reply.redirect(filledForm(mashup, texts), 303)
  }
  const submission = texts.submission && SUBMISSION.test(texts.submission) ? texts.submission : newId()
  const parsed = await readForm(mashup, texts, deps.services)
  if (!parsed.ok)
    return render(deps, mashup, request, reply, {
      texts,
      submission,
      errors: parsed.errors,
      notice: undefined,
      status: 422,
    })
  const caller = await deps.accounts.ensureOwner(request, reply)
  const chosen = chosenAccounts(mashup, texts)
  const run = await deps.runs.start({ ownerId: caller.ownerId, mashup, input: parsed.input, submission, chosen })
  const page = `/runs/${run.id}`
  if (hasBegun(run) || !run.pause) return reply.redirect(page, 303)
  const { pause } = run
  const location = await deps.connections.begin({
    caller,
    need: { provider: pause.provider, scopes: pause.scopes },
    returnTo: page,
    deniedTo: `${mashup.path}?run=${run.id}`,
    ...(pause.connection_id === undefined ? {} : { connectionId: pause.connection_id }),
  })
  return reply.redirect(location, 303)
}

type Shown = {
  readonly texts: Readonly<Record<string, string>>
  readonly submission: string
  readonly errors: Readonly<Record<string, string>>
  readonly notice: BackReason | undefined
  readonly status: number
}

async function render(
  deps: Deps,
  mashup: Mashup,
  request: FastifyRequest,
  reply: FastifyReply,
  shown: Shown,
): Promise<FastifyReply> {
  const ownerId = request.caller?.ownerId
  const [loaded, needs, accounts] = await Promise.all([
    loadForm(mashup.form, deps.services),
    deps.runs.needs(ownerId, mashup, chosenAccounts(mashup, shown.texts)),
    ownerId ? deps.connections.list(ownerId) : [],
  ])
  const page = deps.pages.context(request, reply)
  const { texts } = shown
  const beside = mashup.beside?.({ page, texts, wrong: await wrongFields(deps, mashup, texts, loaded) })
  const sources = [
    ...needs.all.map(({ providerName, source }) => ({ name: providerName, source })),
    ...Object.values(mashup.use).flatMap(({ service }) => deps.serviceSource(service) ?? []),
  ]
  const view = FormPage({ page, mashup, loaded, needs: needs.all, sources, accounts, beside, ...shown })
  return deps.pages.send(reply, view, { status: shown.status, leavesSite: true })
}

async function wrongFields(
  deps: Deps,
  mashup: Mashup,
  texts: Readonly<Record<string, string>>,
  loaded: LoadedForm,
): Promise<ReadonlySet<string>> {
  const read = await readForm(mashup, texts, deps.services, loaded)
  return new Set(read.ok ? [] : Object.keys(read.errors))
}

async function earlierRun(
  deps: Deps,
  mashup: Mashup,
  request: FastifyRequest,
  id: string | undefined,
): Promise<Run | undefined> {
  if (!request.caller || id === undefined || !isId(id)) return undefined
  const run = await deps.runs.find(id, request.caller.ownerId)
  return run?.mashup === mashup.id ? run : undefined
}

function textsOf(run: Run | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(run?.input ?? {}).map(([name, value]) => [name, String(value)]))
}

/** `account_<name>` of the form: which of several accounts is to be used. */
function chosenAccounts(mashup: Mashup, texts: Readonly<Record<string, string>>): Record<string, string> {
  const names = Object.keys(mashup.connect)
  return Object.fromEntries(
    names.flatMap((name) => (texts[`account_${name}`] ? [[name, texts[`account_${name}`] ?? '']] : [])),
  )
}

function queryOf(url: string): string {
  const at = url.indexOf('?')
  return at < 0 ? '' : url.slice(at)
}
