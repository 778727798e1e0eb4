import type { FileProblem, Route } from '#gateway'
import { Card, KeyValues, Notice, type PageContext, Table, Tag, type VNode } from '#ui'
import { ConsoleFrame } from './frame.tsx'

const TONES = { token: 'ok', session: 'accent', public: 'warn' } as const

/** Of tokens without a person behind them. */
const OF_CLIENTS = {
  verified: ['verified clients for themselves'],
  all: ['any client for itself'],
  none: ['people only'],
} as const

/** `/console/routes`: nothing can be changed here. */
export function routesPage(props: {
  readonly page: PageContext
  readonly routes: readonly Route[]
  readonly problems: readonly FileProblem[]
}): VNode {
  const { page, routes, problems } = props
  return (
    <ConsoleFrame
      page={page}
      confirm={undefined}
      title="Routes"
      lead={
        <>
          What the gateway stands in front of, as it is now. Routes are changed in <code>trivet.yaml</code>, which is
          read again whenever it changes.
        </>
      }
    >
      {problems.length === 0 ? null : <Problems problems={problems} />}
      <Table
        id="routes"
        caption="Routes, in the order of the file"
        captionHidden
        headers={['Address', 'Methods', 'Opens for', 'Scopes', 'Goes to', 'Caller named by', 'Limits']}
        rows={routes.map((route) => [
          <code key="name">{route.name}</code>,
          route.methods?.join(', ') ?? 'all',
          <Access key="access" route={route} />,
          scopesOf(route),
          route.upstream ? (
            <code key="upstream">{`${route.upstream.origin}${route.upstream.base}`}</code>
          ) : (
            'another proxy forwards'
          ),
          route.identity.kind,
          limitsOf(route),
        ])}
      />
      <Words />
    </ConsoleFrame>
  )
}

function Problems({ problems }: { readonly problems: readonly FileProblem[] }) {
  return (
    <Notice id="file-problems" tone="bad" heading="trivet.yaml cannot be used as it stands">
      <p>The routes before it are used on, until it is mended.</p>
      <ul>
        {problems.map(({ line, message }) => (
          <li key={`${line} ${message}`}>
            Line {line}: {message}
          </li>
        ))}
      </ul>
    </Notice>
  )
}

function Access({ route }: { readonly route: Route }) {
  const { access, takesLoginToken, issuers, mcp, audience, maxAuthAgeSeconds, acrValues, clientCredentials } = route
  const more = [
    ...(takesLoginToken ? ['or the token of POST /login'] : []),
    ...(mcp ? ['MCP'] : []),
    ...(access === 'token' ? [`for ${audience}`] : []),
    ...issuers.map(({ issuer }) => `also of ${issuer}`),
    ...(maxAuthAgeSeconds === undefined ? [] : [`signed in at most ${maxAuthAgeSeconds} s ago`]),
    ...(access === 'token' ? OF_CLIENTS[clientCredentials] : []),
    ...(acrValues === undefined ? [] : [`signed in by ${acrValues.join(' or ')}`]),
  ]
  return (
    <>
      <Tag tone={TONES[access]}>{access}</Tag> {more.join('; ')}
    </>
  )
}

function scopesOf({ scopes }: Route): string {
  const each = [...scopes.of].map(([method, names]) => `${method}: ${names.join(' ')}`)
  return [...(scopes.all.length > 0 ? [scopes.all.join(' ')] : []), ...each].join('; ') || '–'
}

function limitsOf({ upstream, timeoutSeconds, retries, maxBodyBytes, rateLimits }: Route): string {
  const rates = rateLimits.map(({ most, seconds, per }) => `${most} in ${seconds} s per ${per}, in each process`)
  // What another proxy forwards it limits itself.
  if (upstream === undefined) return rates.join('; ') || '–'
  const again = retries === 0 ? 'no retry' : `${retries} ${retries === 1 ? 'retry' : 'retries'}`
  return [`${timeoutSeconds} s`, sizeOf(maxBodyBytes), again, ...rates].join('; ')
}

/** In the units of the file, and only where that says the same. */
function sizeOf(bytes: number): string {
  const [unit, name] = (
    [
      [1e9, 'GB'],
      [1e6, 'MB'],
      [1e3, 'kB'],
    ] as const
  ).find(([size]) => bytes >= size) ?? [1, 'bytes']
  return Number.isInteger(bytes / (unit / 10)) ? `${bytes / unit} ${name}` : `${bytes} bytes`
}

function Words() {
  return (
    <Card id="route-words" heading="What the words mean">
      <KeyValues
        items={[
          { label: 'token', value: 'Requests need an access token for that audience, with these scopes.' },
          { label: 'session', value: 'People sign in here with their browser first.' },
          {
            label: 'in each process',
            value:
              'Every process of Trivet counts rate limits by itself: with three of them up to three times as much gets through.',
          },
          { label: 'public', value: 'Anybody may call it; nothing is asked for.' },
          {
            label: 'headers, jwt, none',
            value:
              'How the service behind learns who calls: by X-Trivet headers, by a token of its own, or not at all.',
          },
        ]}
      />
    </Card>
  )
}
