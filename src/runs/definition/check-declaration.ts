const WORDS = ['title', 'summary', 'submit', 'running', 'again'] as const

/**
 * What TypeScript says of a declaration, said once more when it runs: Node leaves types out and does not look at them, so
 * who writes a mash-up without checking it hears here what is missing.
 *
 * @throws Error in words for its author
 */
export function checkDeclaration(id: string, declaration: Readonly<Record<string, unknown>>): void {
  const wrong = (what: string) => new Error(`Mash-up ${id}: ${what}`)
  for (const name of WORDS) {
    if (typeof declaration[name] !== 'string') throw wrong(`${name} must be a text`)
  }
  const { steps, form, run } = declaration
  if (!Array.isArray(steps) || !steps.every((step) => typeof step === 'string' && step !== ''))
    throw wrong('steps must be a list of names')
  if (!isRecord(form)) throw wrong('form must be an object of fields')
  for (const [name, field] of Object.entries(form)) {
    if (!isRecord(field) || typeof field['parse'] !== 'function' || typeof field['draw'] !== 'function')
      throw wrong(`form.${name} must be a field, such as textField({ label: 'Name' })`)
  }
  for (const [name, connector] of Object.entries(declaration['connect'] ?? {})) {
    if (!isRecord(connector) || typeof connector['provider'] !== 'string' || typeof connector['client'] !== 'function')
      throw wrong(`connect.${name} must be an account, such as googleDrive({ scopes: ['drive.file'], why: '…' })`)
  }
  for (const [name, service] of Object.entries(declaration['use'] ?? {})) {
    if (!isRecord(service) || typeof service['service'] !== 'string')
      throw wrong(`use.${name} must be a service, such as catApi()`)
  }
  if (typeof run !== 'function') throw wrong('run must be a function')
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
