import type { FileProblem, Route } from '#gateway'
import { Card, KeyValues, Notice, type PageContext, Table, Tag, type VNode } from '#ui'
import { ConsoleFrame } from './frame.tsx'

const TONES = { token: 'ok', session: 'accent', public: 'warn' } as const

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
  const { access, takesLoginToken, issuers, mcp, audience, maxAuthAgeSeconds, acrValues } = route
  const more = [
    ...(takesLoginToken ? ['or the token of POST /login'] : []),
    ...(mcp ? ['MCP'] : []),
    ...(access === 'token' ? [`for ${audience}`] : []),
    ...issuers.map(({ issuer }) => `also of ${issuer}`),
    ...(maxAuthAgeSeconds === undefined ? [] : [`signed in at most ${maxAuthAgeSeconds} s ago`]),
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

function limitsOf({ timeoutSeconds, retries, maxBodyBytes, rateLimits }: Route): string {
  const rates = rateLimits.map(({ most, seconds, per }) => `${most} in ${seconds} s per ${per}`)
  return [`${timeoutSeconds} s`, `${maxBodyBytes} bytes`, `${retries} retries`, ...rates].join('; ')
}

function Words() {
  return (
    <Card id="route-words" heading="What the words mean">
      <KeyValues
        items={[
          { label: 'token', value: 'Requests need an access token for that audience, with these scopes.' },
          { label: 'session', value: 'People sign in here with their browser first.' },
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
