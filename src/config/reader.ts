import { Secret } from '#base'
import { SETTINGS, type SettingName } from './settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Reads settings by type and gathers what is wrong, so that one start shows every problem. Never quotes a secret. */
export class SettingReader {
  readonly problems: string[] = []
  readonly #environment: Environment

  constructor(environment: Environment) {
    this.#environment = environment
    for (const name of Object.keys(environment)) {
      if (name.startsWith('TRIVET_') && !(name in SETTINGS)) this.problem(`${name} is not a setting. ${closest(name)}`)
    }
  }

  problem(text: string): void {
    this.problems.push(text)
  }

  /** The value, or `undefined` where it is not set; an empty value counts as not set. */
  text(name: SettingName): string | undefined {
    const value = this.#environment[name]?.trim()
    return value === '' ? undefined : value
  }

  secret(name: SettingName): Secret | undefined {
    const value = this.text(name)
    return value === undefined ? undefined : new Secret(value)
  }

  integer(name: SettingName, fallback: number, range: { least: number; most: number }): number {
    const value = this.text(name)
    if (value === undefined) return fallback
    if (/^\d+$/.test(value) && Number(value) >= range.least && Number(value) <= range.most) return Number(value)
    this.problem(`${name} is "${value}": it must be a whole number from ${range.least} to ${range.most}.`)
    return fallback
  }

  oneOf<const T extends string>(name: SettingName, values: readonly T[], fallback: T): T {
    const value = this.text(name)
    if (value === undefined) return fallback
    const found = values.find((one) => one === value)
    if (found === undefined) this.problem(`${name} is "${value}": it must be one of ${values.join(', ')}.`)
    return found ?? fallback
  }

  /** An http(s) URL without credentials and fragment, kept as it was written but for trailing slashes. */
  url(name: SettingName): string | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const url = URL.canParse(value) ? new URL(value) : undefined
    if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.hash)
      return value.replace(/\/+$/, '')
    this.problem(`${name} must be an http or https URL, without user name, password or fragment.`)
    return undefined
  }

  /** A path such as `/get_avatar`: starts with one slash, ends with none, has no query. */
  path(name: SettingName): string | undefined {
    const value = this.text(name)
    if (value === undefined || /^\/(?!\/)[\w./~-]*[\w~-]$/.test(value)) return value
    this.problem(`${name} is "${value}": it must be a path such as /callback.`)
    return undefined
  }

  list(name: SettingName): string[] {
    return (this.text(name) ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
  }
}

function closest(name: string): string {
  const known = Object.keys(SETTINGS).filter((setting) => setting.startsWith('TRIVET_'))
  const near = known.map((setting) => ({ setting, far: distance(name, setting) })).sort((a, b) => a.far - b.far)[0]
  return near && near.far <= 4 ? `Did you mean ${near.setting}?` : 'docs/reference/config.md lists all of them.'
}

/** Levenshtein's distance between two short names. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
