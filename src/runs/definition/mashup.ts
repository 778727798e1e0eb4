import { createHash } from 'node:crypto'
import type { PageContext, VNode } from '#ui'
import { checkDeclaration } from './check-declaration.ts'
import type { Connector } from './connector.ts'
import type { FormFields, InputOf } from './form.ts'
import type { RunResult } from './result.ts'
import type { Service, ServicesOf } from './service.ts'
import type { Step } from './step.ts'

type Connectors = Readonly<Record<string, Connector<unknown>>>
type Services = Readonly<Record<string, Service<unknown>>>
type ClientsOf<C extends Connectors> = { readonly [K in keyof C]: C[K] extends Connector<infer T> ? T : never }

export type RunArguments<F extends FormFields, C extends Connectors, U extends Services> = {
  readonly input: InputOf<F>
  readonly step: Step
} & ClientsOf<C> &
  ServicesOf<U>

/** What a mash-up says of itself, and where it is found. */
type MashupWords = {
  readonly title: string
  /** One sentence for the card on the home page. */
  readonly summary: string
  /** What the button does, in words: "Save a cat to my Drive". */
  readonly submit: string
  /** Title of the run page while it works: "Saving your cat". */
  readonly running: string
  /** Link of the result that leads back to the form: "Save another cat". */
  readonly again: string
  /** Names of the steps in order, for the page before they run. */
  readonly steps: readonly string[]
  /** Page that shows the result instead of the run page: `/avatars/show_avatar`. It gets `?run=<id>`. */
  readonly resultPage?: string
  /** Takes and shows the form at the root, too (`/create_cat_request`), where the documents have it. */
  readonly rootAction?: true
  /** Browser code that the form's page needs, by the names of its `*.island.ts`. */
  readonly islands?: readonly string[]
}

/** The form as it stands, for what is drawn beside it. */
export type ShownForm = {
  readonly page: PageContext
  /** As typed, or as an earlier run has it. */
  readonly texts: Readonly<Record<string, string>>
  /** Fields that are wrong as they stand, also where that is not said yet. */
  readonly wrong: ReadonlySet<string>
}

export type MashupDeclaration<F extends FormFields, C extends Connectors, U extends Services> = MashupWords & {
  /** Page of the form, such as `/cats`; `/<id>` unless told. */
  readonly path?: string
  /** Last segment of the address that the form is sent to: `/cats/create_cat_request`; `start` unless told. */
  readonly action?: string
  readonly form: F
  /** Accounts needed: name → connector. Asked for after the form, all that is missing and nothing more. */
  readonly connect?: C
  readonly use?: U
  /** What is wrong with fields that are right one by one: field → what to do. */
  check?(
    input: InputOf<F>,
    services: (name: string) => unknown,
  ): Promise<{ readonly [K in keyof F]?: string | undefined }>
  /** Drawn beside the fields, inside the form: a preview. */
  beside?(form: ShownForm): VNode
  run(work: RunArguments<F, C, U>): Promise<RunResult>
}

/** A declaration as the engine sees it: the types of one mash-up forgotten. */
export type Mashup = MashupWords & {
  readonly id: string
  readonly path: string
  readonly action: string
  readonly form: FormFields
  readonly connect: Connectors
  readonly use: Services
  /** Changes with the code: a run begun with another version is not continued with this one. */
  readonly version: string
  check?(
    input: Readonly<Record<string, unknown>>,
    services: (name: string) => unknown,
  ): Promise<Readonly<Record<string, string | undefined>>>
  beside?(form: ShownForm): VNode
  run(work: Readonly<Record<string, unknown>>): Promise<RunResult>
}

const DECLARED = new WeakSet<object>()

/** Whether something came from `mashup()` of this very program. */
export function isMashup(value: unknown): value is Mashup {
  return typeof value === 'object' && value !== null && DECLARED.has(value)
}

/**
 * Declares a mash-up: a form, the accounts it needs, named steps, a result. One file, typed end to end: the form types
 * `input`, `connect` and `use` type the clients that `run` gets by the same names.
 *
 * @throws Error when id, path or action are not fit for an address, two steps have one name, or a client is called
 * `input` or `step`.
 */
export function mashup<
  const F extends FormFields,
  const C extends Connectors = Record<never, never>,
  const U extends Services = Record<never, never>,
>(id: string, declaration: MashupDeclaration<F, C, U>): Mashup {
  const { connect = {}, use = {}, path = `/${id}`, action = 'start' } = declaration
  if (!/^[a-z][a-z0-9_-]{0,39}$/.test(id))
    throw new Error(
      `Mash-up "${id}": an id is lower case letters, digits, - and _, begins with a letter, and has at most 40`,
    )
  if (!/^\/[a-z0-9][a-z0-9_-]*$/.test(path)) throw new Error(`Mash-up ${id}: path "${path}" must be like /${id}`)
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(action)) throw new Error(`Mash-up ${id}: action "${action}" must be one word`)
  checkDeclaration(id, declaration)
  if (new Set(declaration.steps).size < declaration.steps.length)
    throw new Error(`Mash-up ${id}: two steps have one name`)
  const names = [...Object.keys(connect), ...Object.keys(use)]
  if (new Set([...names, 'input', 'step']).size < names.length + 2) {
    throw new Error(`Mash-up ${id}: names in connect and use must differ, and not be "input" or "step"`)
  }
  const { run, check } = declaration
  const made: Mashup = {
    ...declaration,
    ...{ id, path, action, connect, use },
    version: createHash('sha256')
      .update(JSON.stringify([run.toString(), declaration.steps]))
      .digest('hex')
      .slice(0, 16),
    // The engine builds exactly the arguments that the declaration names, so the types are known to hold here.
    run: (work) => run(work as RunArguments<F, C, U>),
    ...(check === undefined ? {} : { check: (input, services) => check(input as InputOf<F>, services) }),
  }
  DECLARED.add(made)
  return made
}
