import type { VNode } from '#ui'

/** One field of a form: how it is read and how it is drawn. `P` is what both need to know, loaded once per request. */
export type FormField<T, P = unknown> = {
  readonly label: string
  readonly hint?: string
  /** Such as the list of breeds. Failures of other services are dealt with here: a form is always shown. */
  load(services: (name: string) => unknown): Promise<P>
  /** `text` is what was sent, or `undefined` where nothing was. */
  parse(text: string | undefined, loaded: P): { readonly value: T } | { readonly error: string }
  draw(field: FieldState<P>): VNode
}

export type FieldState<P> = {
  readonly name: string
  readonly label: string
  readonly hint: string | undefined
  /** As typed; kept when it was wrong. */
  readonly text: string | undefined
  readonly error: string | undefined
  readonly loaded: P
  /** Final URL of a path of this server, such as a thumbnail's. */
  readonly href: (path: string) => string
}

// biome-ignore lint/suspicious/noExplicitAny: the map holds fields of different types; each is used through its own.
export type FormFields = Readonly<Record<string, FormField<any, any>>>

export type InputOf<F extends FormFields> = {
  readonly [K in keyof F]: F[K] extends FormField<infer T, infer _P> ? T : never
}

export type ParsedForm =
  | { readonly ok: true; readonly input: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly errors: Readonly<Record<string, string>> }

export type LoadedForm = Readonly<Record<string, unknown>>

/** Loads what all fields need, at once. */
export async function loadForm(form: FormFields, services: (name: string) => unknown): Promise<LoadedForm> {
  const entries = await Promise.all(
    Object.entries(form).map(async ([name, field]) => [name, await field.load(services)] as const),
  )
  return Object.fromEntries(entries)
}

/** What `readForm` needs of a mash-up. */
type Asking = {
  readonly form: FormFields
  check?(
    input: Readonly<Record<string, unknown>>,
    services: (name: string) => unknown,
  ): Promise<Readonly<Record<string, string | undefined>>>
}

/**
 * What was sent, read field by field and then as a whole.
 *
 * @param loaded what the fields need, where it was loaded already
 */
export async function readForm(
  mashup: Asking,
  texts: Readonly<Record<string, string>>,
  services: (name: string) => unknown,
  loaded?: LoadedForm,
): Promise<ParsedForm> {
  const parsed = parseForm(mashup.form, texts, loaded ?? (await loadForm(mashup.form, services)))
  if (!parsed.ok || !mashup.check) return parsed
  const wrong = Object.entries(await mashup.check(parsed.input, services)).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, text] as const],
  )
  return wrong.length > 0 ? { ok: false, errors: Object.fromEntries(wrong) } : parsed
}

/** All errors together, so that a form is corrected in one go. */
export function parseForm(form: FormFields, texts: Readonly<Record<string, string>>, loaded: LoadedForm): ParsedForm {
  const input: Record<string, unknown> = {}
  const errors: Record<string, string> = {}
  for (const [name, field] of Object.entries(form)) {
    const parsed = field.parse(texts[name], loaded[name])
    if ('error' in parsed) errors[name] = parsed.error
    else input[name] = parsed.value
  }
  return Object.keys(errors).length > 0 ? { ok: false, errors } : { ok: true, input }
}
