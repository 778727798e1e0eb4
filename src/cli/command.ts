import { parseArgs } from 'node:util'
import { StartError } from '#base'

/** An option of a command; one that says nothing is not for people. */
type Option = {
  readonly type: 'string' | 'boolean'
  /** May be given again: its value is a list then. */
  readonly multiple?: true
  readonly shows?: string
  readonly says?: string
}

export type Asked = {
  /** There where the command has one. */
  readonly argument: string
  /** Answer with one line of JSON. */
  readonly json: boolean
  readonly values: Readonly<Record<string, unknown>>
}

export type Command = {
  readonly words: readonly string[]
  /** The one argument that it needs, as the usage shows it: `<id>`. */
  readonly argument?: string
  readonly says: string
  readonly options?: Readonly<Record<string, Option>>
  /** Whether there is an answer to be had as JSON. */
  readonly json?: true
  run(asked: Asked): Promise<void>
}

/** A command with what it was given, or what to print instead. */
export type Parsed = { readonly command: Command; readonly asked: Asked } | { readonly usage: string }

/**
 * Reads a command line. The first command is meant where none is named.
 *
 * @throws StartError that shows how it is done
 */
export function parseCommand(commands: readonly Command[], args: readonly string[]): Parsed {
  const named = args.findIndex((arg) => arg.startsWith('-'))
  const words = named < 0 ? args : args.slice(0, named)
  const command = words.length === 0 ? commands[0] : commands.find((one) => isPrefix(one.words, words))
  const wantsHelp = args.includes('--help') || args.includes('-h')
  if (wantsHelp) return { usage: words.length > 0 && command ? usageOf(command) : usage(commands) }
  if (!command) throw new StartError(`There is no command "${words.join(' ')}".\n\n${usage(commands)}`)
  const options = { ...command.options, ...(command.json ? { json: { type: 'boolean' } as const } : {}) }
  const { positionals, values } = parse(command, [...args], options)
  const [argument = '', ...more] = positionals.slice(words.length === 0 ? 0 : command.words.length)
  if (more.length > 0 || (argument === '') !== (command.argument === undefined)) throw new StartError(usageOf(command))
  return { command, asked: { argument, json: values['json'] === true, values } }
}

function parse(command: Command, args: string[], options: Readonly<Record<string, Option>>) {
  try {
    return parseArgs({ args, allowPositionals: true, options })
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new StartError(`${message}\n\n${usageOf(command)}`, { cause })
  }
}

function isPrefix(words: readonly string[], of: readonly string[]): boolean {
  return words.every((word, index) => of[index] === word)
}

function usage(commands: readonly Command[]): string {
  const lines = commands.map((command) => [calling(command), command.says] as const)
  return [
    'trivet <command>\n',
    ...aligned(lines),
    '\nEach has --help. Settings come from the environment and .env: docs/reference/config.md lists them.',
  ].join('\n')
}

function usageOf(command: Command): string {
  const options = Object.values(command.options ?? {}).flatMap(({ shows, says }) =>
    shows === undefined || says === undefined ? [] : [[shows, says] as const],
  )
  const json = command.json ? [['--json', 'answers with one line of JSON'] as const] : []
  return [`trivet ${calling(command)}\n\n${command.says}\n`, ...aligned([...options, ...json])].join('\n').trimEnd()
}

function calling({ words, argument }: Command): string {
  return [...words, ...(argument === undefined ? [] : [argument])].join(' ')
}

function aligned(lines: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...lines.map(([left]) => left.length))
  return lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
