// The reference page of trivet.yaml, as text: names, kinds and defaults from its schema, words from gateway-words.mjs.
import { parse } from 'yaml'
import { z } from 'zod'
import { AFTER, EXAMPLE, FILE_WORDS, ROUTE_WORDS, SEEN, UPSTREAM } from './gateway-words.mjs'
import { page, table } from './pages.mjs'

/** @throws Error naming every setting without words, and all words without a setting; or when the example is wrong. */
export function gatewayPage({ fileSchema, routeSchema, identityHeaders }) {
  fileSchema.parse(parse(EXAMPLE))
  const file = z.toJSONSchema(fileSchema, { io: 'input', unrepresentable: 'any' }).properties.gateway
  const route = file.properties.routes.items
  // Of settings with more than one way to write them the schema does not tell what they are without being written.
  const defaults = routeSchema.parse({ path: '/' })
  const own = rowsOf(route, (name) => defaults[name], '')
  const nested = Object.entries(route.properties).flatMap(([name, schema]) => {
    const entry = entryOf(schema)
    return entry === undefined
      ? []
      : [{ name, rows: rowsOf(entry, (key) => entry.properties[key].default, `${name}.`) }]
  })
  requireWords('ROUTE_WORDS', ROUTE_WORDS, [own, ...nested.map(({ rows }) => rows)].flat())
  const whole = rowsOf(file, (name) => file.properties[name].default, '')
  requireWords('FILE_WORDS', FILE_WORDS, whole)
  return page(
    'The gateway: trivet.yaml',
    'Routes put OAuth in front of APIs and MCP servers of your own. They stand in `trivet.yaml` in the working directory ' +
      '(or in the file of `TRIVET_FILE`), and are read again whenever the file changes: no connection is dropped, and a ' +
      'file with a mistake changes nothing and is reported with line and reason, in the log and at `/console/routes`. ' +
      'A name that is not below is a mistake. How to begin: [how-to/protect-an-api.md](../how-to/protect-an-api.md).',
    'It is read half a second after the last change of it. Who writes it slowly, or over a network, better moves a ' +
      'finished file into its place. A file that is emptied, gone or unreadable while its routes are in force takes none ' +
      'of them away: that is a mistake like others. To have none, write `gateway: {routes: []}`.',
    `\`\`\`yaml\n${EXAMPLE}\`\`\``,
    '## `gateway`',
    tableOf(whole, FILE_WORDS),
    '## A route',
    tableOf(own, ROUTE_WORDS),
    ...nested.flatMap(({ name, rows }) => [`### \`${name}\``, tableOf(rows, ROUTE_WORDS)]),
    AFTER,
    '## What the upstream gets',
    'With `identity_headers: true`, always all of them, empty where there is nothing to say:',
    table(
      ['Header', 'What it says'],
      Object.entries(identityHeaders).map(([fact, name]) => [`\`${name}\``, FACTS[fact]]),
    ),
    UPSTREAM,
    SEEN,
  )
}

const FACTS = {
  user: 'The user’s `sub` (`u_…`); empty for a client’s own token.',
  username: 'Their name, percent-encoded.',
  client: 'The id of the client that the token was given to.',
  scope: 'What the token allows, separated by spaces.',
  issuer: 'Who issued the token.',
}

function rowsOf(schema, defaultOf, prefix) {
  return Object.entries(schema.properties).map(([name, one]) => ({
    ...{ name, key: `${prefix}${name}`, kind: kindOf(one) },
    fallback: schema.required?.includes(name) ? 'needed' : inWords(defaultOf(name)),
  }))
}

function tableOf(rows, words) {
  return table(
    ['Setting', 'Kind', 'Default', 'What it is'],
    rows.map(({ name, key, kind, fallback }) => [`\`${name}\``, kind, fallback, words[key]]),
  )
}

function requireWords(list, words, rows) {
  const keys = rows.map(({ key }) => key)
  const silent = keys.filter((key) => !(key in words))
  const gone = Object.keys(words).filter((key) => !keys.includes(key))
  if (silent.length + gone.length === 0) return
  const told = `without words: ${silent.join(', ') || 'none'}; no longer there: ${gone.join(', ') || 'none'}`
  throw new Error(`scripts/docs/gateway-words.mjs, ${list}: ${told}`)
}

function inWords(value) {
  const isNothing = value === undefined || (typeof value === 'object' && Object.keys(value).length === 0)
  return isNothing ? '' : `\`${Array.isArray(value) ? value.join(', ') : value}\``
}

/** The settings of an entry that has names of its own, also where there may be a list of them. */
function entryOf(schema) {
  const found = schema.anyOf?.map(entryOf).find((one) => one !== undefined) ?? (schema.items && entryOf(schema.items))
  return schema.properties ? schema : found
}

function kindOf(schema) {
  if (schema.anyOf) return [...new Set(schema.anyOf.flatMap(alternativesOf).map(kindOf))].join(', or ')
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.enum) return schema.enum.map((one) => `\`${one}\``).join(', ')
  switch (schema.type) {
    case 'array':
      return `list (${kindOf(schema.items)})`
    case 'object':
      return schema.properties ? 'settings below' : `map (${kindOf(schema.additionalProperties)})`
    case 'boolean':
      return '`true`, `false`'
    case 'integer':
      return `whole number${rangeOf(schema)}`
    case 'number':
      return `number${rangeOf(schema)}`
    default:
      return schema.format === 'uri' ? 'URL' : 'text'
  }
}

/** An alternative that is itself one of several is several. */
const alternativesOf = (schema) => schema.anyOf ?? [schema]

function rangeOf({ minimum, maximum }) {
  if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) return `, ${minimum} to ${maximum}`
  return minimum === undefined ? '' : `, ${minimum} or more`
}
