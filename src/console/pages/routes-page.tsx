import type { FileProblem, Route } from '#gateway'
import { Card, KeyValues, Notice, type PageContext, Tag, type VNode } from '#ui'
import { ConsoleFrame } from './frame.tsx'

const TONES = { token: 'ok', session: 'accent', public: 'warn' } as const

const NONE = '–'

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
  /** Of the file that is in force. */
  readonly warnings: readonly FileProblem[]
}): VNode {
  const { page, routes, problems, warnings } = props
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
      {warnings.length === 0 ? null : (
        <Notice id="file-warnings" tone="warn" heading="Probably meant otherwise in trivet.yaml">
          <Lines problems={warnings} />
        </Notice>
      )}
      <div class="stack" id="routes">
        {routes.map((route) => (
          <RouteCard key={`${route.name} ${route.methods}`} route={route} />
        ))}
      </div>
      <Words />
    </ConsoleFrame>
  )
}

function Problems({ problems }: { readonly problems: readonly FileProblem[] }) {
  return (
    <Notice id="file-problems" tone="bad" heading="trivet.yaml cannot be used as it stands">
      <p>The routes before it are used on, until it is mended.</p>
      <Lines problems={problems} />
    </Notice>
  )
}

function Lines({ problems }: { readonly problems: readonly FileProblem[] }) {
  return (
    <ul>
      {problems.map(({ line, message }) => (
        <li key={`${line} ${message}`}>
          Line {line}: {message}
        </li>
      ))}
    </ul>
  )
}

/** One below the other, in the order of the file: side by side all of it would be wider than most windows. */
function RouteCard({ route }: { readonly route: Route }) {
  const { name, methods, access, upstream, identity } = route
  return (
    <Card heading={<code>{name}</code>} aside={<Tag tone={TONES[access]}>{access}</Tag>}>
      <KeyValues
        items={[
          { label: 'Methods', value: methods?.join(', ') ?? 'all' },
          { label: 'Opens for', value: opensFor(route) },
          { label: 'Scopes', value: scopesOf(route) },
          {
            label: 'Goes to',
            value: upstream ? <code>{`${upstream.origin}${upstream.base}`}</code> : 'another proxy forwards',
          },
          { label: 'Caller named by', value: identity.kind },
          { label: 'Limits', value: limitsOf(route) },
        ]}
      />
    </Card>
  )
}

function opensFor(route: Route): string {
  const { access, audience, users, takesLoginToken, takesIssuerScopes, issuers, mcp, clientCredentials } = route
  const { maxAuthAgeSeconds, acrValues } = route
  const whom = {
    token: `tokens for ${audience}`,
    session: users === undefined ? 'everybody with an account' : users.join(', '),
    public: 'anybody',
  }
  return [
    whom[access],
    ...(takesIssuerScopes && scopesOf(route) !== NONE ? ['or for this server, with the scopes'] : []),
    ...(takesLoginToken ? ['or the token of POST /login'] : []),
    ...(mcp ? ['MCP'] : []),
    ...issuers.map(({ issuer }) => `also of ${issuer}`),
    ...(maxAuthAgeSeconds === undefined ? [] : [`signed in at most ${maxAuthAgeSeconds} s ago`]),
    ...(access === 'token' ? OF_CLIENTS[clientCredentials] : []),
    ...(acrValues === undefined ? [] : [`signed in by ${acrValues.join(' or ')}`]),
  ].join('; ')
}

function scopesOf({ scopes }: Route): string {
  const each = [...scopes.of].map(([method, names]) => `${method}: ${names.join(' ')}`)
  return [...(scopes.all.length > 0 ? [scopes.all.join(' ')] : []), ...each].join('; ') || NONE
}

function limitsOf({ upstream, timeoutSeconds, retries, maxBodyBytes, rateLimits }: Route): string {
  const rates = rateLimits.map(({ most, seconds, per }) => `${most} in ${seconds} s per ${per}, in each process`)
  // What another proxy forwards it limits itself.
  if (upstream === undefined) return rates.join('; ') || NONE
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
