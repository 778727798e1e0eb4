import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, type Client, readForm } from '../harness/client.ts'
import { agreeAtSandbox } from '../harness/consent.ts'
import { type RunJson, readRun } from '../harness/runs.ts'
import type { Random } from './random.ts'

/** Somebody at a browser: cookies, an account at Google, and the runs they know of. */
export type Person = {
  readonly client: Client
  readonly persona: 'ana' | 'bob' | 'chen'
  readonly known: Set<string>
  /** Whether Google was connected when they last looked. */
  connected: boolean
  busy: boolean
}

/** One form, from being read to the result of its run. */
export type Visit = {
  readonly person: Person
  breed: string
  state: 'reading' | 'posting' | 'away' | 'consenting' | 'calling back' | 'following' | 'paused' | 'over'
  /** The form's POST was answered with the way on. */
  accepted: boolean
  runId: string | undefined
  /** As last seen. */
  run: RunJson | undefined
}

export type VisitOptions = {
  readonly random: Random
  /** Closes the tab when Google's page appears, and comes back when this resolves. */
  readonly comesBack?: Promise<void>
  /** Called with every look at the run. */
  readonly saw: (run: RunJson) => void
}

/** A look at a page of consent, or at one that says that something has to be done. */
const READING_MS = [50, 300] as const
/** So long a connected account may take to wake its run before the person connects it once more. */
const WAKE_MS = 3000
const PATIENCE_MS = 150_000

/**
 * Does what a person does whose server dies again and again: reloads, sends again what was not answered, and follows
 * the run to its end. @throws when that takes longer than anybody's patience
 */
export async function carryOut(visit: Visit, options: VisitOptions): Promise<void> {
  const { client, known } = visit.person
  const posted = await sendForm(visit, options.random)
  visit.accepted = true
  visit.runId = /\/runs\/([\w-]{36})$/.exec(posted.location)?.[1]
  if (visit.runId === undefined && options.comesBack) {
    visit.state = 'away'
    await options.comesBack
  } else if (visit.runId === undefined) {
    await consent(visit, posted.location, options.random)
  }
  visit.state = 'following'
  visit.runId ??= await insist('the list of runs', async () => {
    const { runs } = JSON.parse((await answered(client.getJson('/api/runs'))).text) as { runs: { id: string }[] }
    return runs.map(({ id }) => id).find((id) => !known.has(id))
  })
  known.add(visit.runId)
  await follow(visit, visit.runId, options)
  visit.person.connected = true
  visit.state = 'over'
}

async function sendForm(visit: Visit, random: Random): Promise<Answer> {
  const { client } = visit.person
  const action = '/cats/create_cat_request'
  for (;;) {
    visit.state = 'reading'
    const form = await insist('the form', async () => {
      const page = await answered(client.get('/cats'))
      visit.breed ||= random.pick(breedsOn(page.text))
      return readForm(page.text, action)
    })
    visit.state = 'posting'
    // The same form again, with the same submission, as a browser does that is told to send it again.
    const fields = { ...form.fields, cat_breed: visit.breed }
    const answer = await insist('an answer to the form', () => answered(client.postForm(form.action, fields)))
    if (answer.status !== 303)
      throw new Error(`the form (${visit.breed}) was answered ${answer.status}: ${wordsOf(answer)}`)
    if (/\/runs\/|\/google\//.test(answer.location)) return answer
  }
}

function breedsOn(page: string): [string, ...string[]] {
  // The Malayan has no pictures at the sandbox.
  const [first, ...others] = [...page.matchAll(/id="cat_breed-(\w+)"[^>]*value="\1"/g)].flatMap(([, id]) =>
    id === undefined || id === 'mala' ? [] : [id],
  )
  if (first === undefined) throw new Error('no breeds on the form')
  return [first, ...others]
}

async function consent(visit: Visit, authorize: string, random: Random): Promise<void> {
  const { client, persona } = visit.person
  visit.state = 'consenting'
  await sleep(random.between(...READING_MS))
  const callback = await insist('consent', () => agreeAtSandbox(client, authorize, persona))
  visit.state = 'calling back'
  const back = () => answered(client.get(callback))
  const answer = await back().catch(() => undefined)
  // Some reload a page that did not come, some go to the page of their run.
  if (answer) expectRedirect(answer)
  else if (random.chance(0.5)) expectRedirect(await insist('the callback', back))
}

function expectRedirect(answer: Answer): void {
  if (answer.status !== 303) throw new Error(`the callback was answered ${answer.status}: ${wordsOf(answer)}`)
}

async function follow(visit: Visit, id: string, { random, saw }: VisitOptions): Promise<void> {
  const { client } = visit.person
  let asked = 0
  for (const end = performance.now() + PATIENCE_MS; ; await sleep(60)) {
    const run = await insist('the run', () => readRun(client, id))
    visit.run = run
    saw(run)
    if (['succeeded', 'failed', 'cancelled'].includes(run.status)) return
    if (performance.now() > end) throw new Error(`the run does not come to its end: ${JSON.stringify(run)}`)
    if (run.status !== 'paused' || !run.pause || performance.now() - asked < WAKE_MS) continue
    visit.state = 'paused'
    await sleep(random.between(...READING_MS))
    await consent(visit, await connectAgain(client, run.pause.connect_url), random)
    visit.state = 'following'
    asked = performance.now()
  }
}

/** @returns where Google asks. */
async function connectAgain(client: Client, connectUrl: string): Promise<string> {
  return insist('connecting again', async () => {
    const { action, fields } = readForm((await answered(client.get(connectUrl))).text, '/connect/google')
    const { status, location } = await answered(client.postForm(action, fields))
    return status === 303 ? location : undefined
  })
}

/** The beginning of what a page says. */
function wordsOf({ text }: Answer): string {
  const main = /<main\b.*/s.exec(text)?.[0] ?? text
  return main
    .replaceAll(/<[^>]*>|\s+/g, ' ')
    .replaceAll(/ +/g, ' ')
    .trim()
    .slice(0, 300)
}

/** An answer of a server that is well; one that is dying may answer 5xx. */
async function answered(asking: Promise<Answer>): Promise<Answer> {
  const answer = await asking
  if (answer.status >= 500) throw new Error(`${answer.status}: ${wordsOf(answer)}`)
  return answer
}

/** Again and again until there is something. @throws with the last reason when patience ends */
async function insist<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  let last: unknown = 'nothing there'
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(100)) {
    try {
      const got = await ask()
      if (got !== undefined) return got
    } catch (error) {
      last = error
    }
  }
  throw new Error(`${what}: ${last instanceof Error ? last.message : String(last)}`)
}
