import type { Fault, Sandbox } from '../harness/sandbox.ts'
import type { Random } from './random.ts'
import type { Visit } from './visit.ts'

/** What a kill is aimed at: a visit that has just begun, and the stand-ins it calls. */
export type Scene = { readonly visit: Visit; readonly sandbox: Sandbox; readonly random: Random }

/** A moment to kill at. `prepare` may make it longer, and says how many milliseconds into it the kill may fall. */
export type Moment = {
  readonly name: string
  /** The visit is one of somebody whose account is connected, so that Google is not asked. */
  readonly connected?: boolean
  prepare(scene: Scene): Promise<readonly [least: number, most: number]>
  reached(scene: Scene): Promise<boolean>
}

const account = (visit: Visit) => `${visit.person.persona}@example.com`

/** While a call is under way, after it was done and its answer is late or lost, or just about it. */
function call(name: string, provider: Fault['provider'], operation: string, more: Partial<Moment> = {}): Moment {
  return {
    name,
    async prepare({ sandbox, random }) {
      const kind = random.pick(['slow', 'slow', 'drop_after_commit', 'none'])
      if (kind === 'none') return [0, 40]
      const seconds = random.between(0.2, 0.9)
      await sandbox.fault({ provider, on: operation, kind, ...(kind === 'slow' ? { seconds } : {}) })
      return [0, kind === 'slow' ? seconds * 1100 : 1300]
    },
    reached: async ({ sandbox }) => (await sandbox.requests(operation)).length > 0,
    ...more,
  }
}

function state(wanted: Visit['state'], name: string, delay: readonly [number, number]): Moment {
  return { name, prepare: async () => delay, reached: async ({ visit }) => visit.state === wanted }
}

/** Killed before it was ready; needs no visit. */
export const START_UP = 'start-up'

export const MOMENTS: readonly Moment[] = [
  state('posting', 'form on its way', [0, 30]),
  state('consenting', 'between form and consent', [0, 300]),
  state('calling back', 'callback', [0, 60]),
  call('callback, code being exchanged', 'google', 'token.exchange'),
  call('callback, account being asked', 'google', 'userinfo'),
  call('step: Find a cat', 'thecatapi', 'images.search'),
  call('step: Fetch the picture', 'thecatapi', 'picture'),
  call('step: Reserve a file id', 'google', 'drive.generateIds'),
  call('step: Save it to your Drive', 'google', 'drive.upload'),
  call('step: Save it to your Drive, again', 'google', 'drive.upload', { connected: true }),
  state('following', 'any time in a run', [0, 700]),
  { ...state('following', 'any time in a run, connected', [0, 400]), connected: true },
  state('over', 'just after the end', [0, 20]),
  {
    ...call('access being renewed', 'google', 'token.refresh', { connected: true }),
    async prepare({ visit, sandbox }) {
      await sandbox.atGoogle('expire-tokens', account(visit))
      await sandbox.fault({ provider: 'google', on: 'token.refresh', kind: 'slow', seconds: 0.8 })
      return [0, 700]
    },
  },
  {
    name: 'paused, grant taken back',
    async prepare({ sandbox }) {
      await sandbox.fault({ provider: 'thecatapi', on: 'images.search', kind: 'slow', seconds: 1.2, times: 3 })
      return [0, 400]
    },
    async reached({ visit, sandbox }) {
      const works = visit.state === 'following' && visit.run?.status === 'running'
      if (works && visit.run?.steps[0]?.status === 'running') await sandbox.atGoogle('revoke', account(visit))
      return visit.state === 'paused'
    },
  },
]

/** @throws when there is none of that name */
export function momentOf(name: string): Moment {
  const found = MOMENTS.find((moment) => moment.name === name)
  if (!found) throw new Error(`no moment is called ${name}`)
  return found
}
