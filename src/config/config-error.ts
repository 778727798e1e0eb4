import { StartError } from '#base'

/** All that is wrong with the settings, in one message. */
export class ConfigError extends StartError {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    const heading = problems.length === 1 ? 'One setting is wrong' : `${problems.length} settings are wrong`
    super([`${heading}:`, ...problems.map((problem) => `  - ${problem}`)].join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}
