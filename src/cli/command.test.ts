import { expect, it } from 'vitest'
import { type Command, parseCommand } from './command.ts'

const run = async () => undefined
const COMMANDS: readonly Command[] = [
  {
    words: ['serve'],
    says: 'serves',
    options: { role: { type: 'string', shows: '--role all|web', says: 'what it does' }, hidden: { type: 'boolean' } },
    run,
  },
  { words: ['new', 'thing'], argument: '<id>', says: 'makes a thing', json: true, run },
]
const parse = (line: string) =>
  parseCommand(
    COMMANDS,
    line.split(' ').filter((word) => word !== ''),
  )
const asked = (line: string) => {
  const parsed = parse(line)
  return 'usage' in parsed
    ? parsed.usage
    : [parsed.command.words.join(' '), parsed.asked.argument, parsed.asked.json, { ...parsed.asked.values }]
}

it.each([
  ['', ['serve', '', false, {}]],
  ['serve', ['serve', '', false, {}]],
  ['--role web', ['serve', '', false, { role: 'web' }]],
  ['serve --role web --hidden', ['serve', '', false, { role: 'web', hidden: true }]],
  ['new thing a', ['new thing', 'a', false, {}]],
  ['new thing --json a', ['new thing', 'a', true, { json: true }]],
])('trivet %s', (line, expected) => expect(asked(line)).toEqual(expected))

it.each(['--help', '-h', 'nothing --help'])('trivet %s lists all commands', (line) => {
  expect(asked(line)).toMatch(/ {2}serve {9,}serves\n {2}new thing <id> {2}makes a thing\n/)
})

it('a command tells of its own options; those that are not for people are not shown', () => {
  expect(asked('serve --help')).toBe('trivet serve\n\nserves\n\n  --role all|web  what it does')
  expect(asked('new thing --help')).toContain('--json')
})

it.each([
  ['fly', 'There is no command "fly"'],
  ['new', 'There is no command "new"'],
  ['serve --fast', "Unknown option '--fast'"],
  ['serve --json', "Unknown option '--json'"],
  ['serve now', 'trivet serve'],
  ['new thing', 'trivet new thing <id>'],
  ['new thing a b', 'trivet new thing <id>'],
])('trivet %s is refused, with how it is done', (line, words) => {
  expect(() => parse(line)).toThrow(words)
})
