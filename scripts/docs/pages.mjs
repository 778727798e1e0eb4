// The three reference pages, as text.
import { FRONT_WORDS, GROUPS, ROUTE_WORDS } from './route-words.mjs'

const NOTE = '<!-- Made by `node scripts/docs.mjs` from the sources. Do not edit. -->'

export const page = (title, lead, ...parts) => `${[`${NOTE}\n\n# ${title}`, lead, ...parts].join('\n\n')}\n`

const cell = (text) => String(text).replaceAll('|', '\\|')

export function table(headers, rows) {
  const line = (cells) => `| ${cells.map(cell).join(' | ')} |`
  return [line(headers), line(headers.map(() => '---')), ...rows.map(line)].join('\n')
}

export function configPage(settings) {
  const groups = Map.groupBy(Object.entries(settings), ([, setting]) => setting.group)
  const parts = [...groups].flatMap(([group, entries]) => [
    `## ${group}`,
    table(
      ['Setting', 'Default', 'What it is'],
      entries.map(([name, { default: fallback, secret, says }]) => [
        `\`${name}\``,
        defaultOf(fallback),
        secret ? `${says} **Secret.**` : says,
      ]),
    ),
  ])
  return page(
    'Settings',
    'Settings come from the environment. A file `.env` in the working directory is read too; the environment wins. ' +
      'A wrong setting, or an unknown name that begins with `TRIVET_`, stops the start, with all problems listed together. ' +
      'Values of secret settings are never printed.',
    ...parts,
  )
}

function defaultOf(text) {
  if (text === undefined) return ''
  return text.includes(' ') ? text : `\`${text}\``
}

export function problemsPage(errors, failureProblems) {
  const statuses = problemsOf(errors)
  const kinds = kindsOf(errors)
  const all = { ...failureProblems(Object.fromEntries(kinds)), ...Object.fromEntries(statuses) }
  const rows = Object.keys(all)
    .sort()
    .map((code) => [`\`${code}\``, all[code].status, kinds.get(code) ?? '', all[code].title])
  return page(
    'Error codes',
    'Every code that an answer, a run or a step can carry. API errors are `application/problem+json` (RFC 9457): ' +
      '`type` (`/problems/<code>`, a page), `title`, `status`, `detail`, `code`, `request_id`, and members of their own such as `connect_url` or `errors`.',
    table(['Code', 'HTTP status', 'Kind', 'Title'], rows),
    '## Kinds',
    'A code with a kind can also be what a step of a run failed with. The kind says what the engine does about it.',
    table(
      ['Kind', 'What happens to the run'],
      [
        ['transient', 'Up to 8 tries in a row, 1, 2, 3, 6, 12, 24 and 45 s apart; then the run fails.'],
        [
          'rate_limited',
          'The step is tried again when the time that the other side asked for is over, at most an hour, as often as it takes.',
        ],
        ['needs_reconnect', 'The run pauses until the account is connected again, at most 30 days.'],
        ['missing_scope', 'The run pauses until the permission is given, at most 30 days.'],
        ['refused', 'The run fails. Retry begins again at the step that failed.'],
        ['cancelled', 'The run is cancelled.'],
      ],
    ),
  )
}

/** code → status and title, of every `…_PROBLEMS`. */
function problemsOf(errors) {
  return new Map(
    exportsOf(errors, '_PROBLEMS').flatMap(([, problems]) =>
      Object.entries(problems).map(([code, { status, title }]) => [code, { status, title }]),
    ),
  )
}

/** code → kind, of every `…_ERRORS` and of rooms whose problems can also be failures. */
function kindsOf(errors) {
  const kinds = new Map()
  for (const [, codes] of exportsOf(errors, '_ERRORS')) {
    for (const [code, is] of Object.entries(codes)) kinds.set(code, typeof is === 'string' ? is : is.kind)
  }
  for (const room of Object.values(errors)) {
    if (typeof room.isFailureCode !== 'function') continue
    for (const [, problems] of exportsOf({ room }, '_PROBLEMS')) {
      for (const code of Object.keys(problems)) {
        if (room.isFailureCode(code)) kinds.set(code, room.failure(code, '').data.kind)
      }
    }
  }
  return kinds
}

function exportsOf(errors, suffix) {
  return Object.values(errors).flatMap((room) => Object.entries(room).filter(([name]) => name.endsWith(suffix)))
}

const pathOf = (route) => route.split(' ')[1]

/** @throws Error naming every address without words, and all words without an address. */
export function routesPage(routes) {
  const there = routes.map(({ method, path }) => `${method} ${path}`)
  // An address for programs answers every method: 405 with `Allow`, or the preflight. Only what it takes has words.
  const withWords = new Set(Object.keys(ROUTE_WORDS).map(pathOf))
  const forPrograms = new Set(there.filter((route) => route.startsWith('OPTIONS ')).map(pathOf))
  const isRefusal = (route) => forPrograms.has(pathOf(route)) && withWords.has(pathOf(route))
  const silent = there.filter((route) => !(route in ROUTE_WORDS) && !isRefusal(route))
  const gone = Object.keys(ROUTE_WORDS).filter((route) => !there.includes(route))
  if (silent.length + gone.length > 0) {
    throw new Error(
      `scripts/docs/route-words.mjs: without words: ${silent.join(', ') || 'none'}; no longer there: ${gone.join(', ') || 'none'}`,
    )
  }
  const parts = Object.entries(GROUPS).flatMap(([group, lead]) => [
    `## ${group}`,
    ...(lead === '' ? [] : [lead]),
    table(
      ['Method', 'Address', 'What it does'],
      Object.entries({ ...ROUTE_WORDS, ...FRONT_WORDS })
        .filter(([, [of]]) => of === group)
        .map(([route, [, words]]) => {
          const [method, path] = route.split(' ')
          return [method, `\`${path}\``, words]
        }),
    ),
  ])
  return page(
    'Addresses',
    'Every address of the server, as the running app names them. `GET` answers `HEAD` as well. ' +
      '`TRIVET_SANDBOX_MOUNT`, `GOOGLE_REDIRECT_PATH` and `DISCORD_REDIRECT_PATH` add the paths that they name.',
    ...parts,
  )
}
