import { Button, Card, Form, KeyValues, Layout, Notice, type PageContext, PageHead, Tag, type VNode } from '#ui'
import { type Apis, labelOf } from '../checks/apis.ts'
import type { AuthorizationRequest } from '../checks/check-request.ts'
import { describeDestination } from '../clients/destination.ts'
import { isLocalRedirect } from '../clients/metadata/addresses.ts'
import { describeScope, describeUse } from '../consents/scope-words.ts'
import type { Question } from '../flow/consent.ts'
import { ClientLogo } from './client-logo.tsx'

/** Who asks, for what, for how long, and where it goes back to (ASVS 5.0, 10.7.2). Allow and Deny weigh the same. */
export function consentPage(props: {
  readonly page: PageContext
  readonly question: Question
  readonly username: string
  readonly isLasting: boolean
  readonly issuer: string
  readonly apis: Apis
}): VNode {
  const { page, question, username, isLasting, issuer, apis } = props
  const { request, interaction } = question
  const { client, scopes, resources } = request
  const others = resources.filter((resource) => resource !== issuer)
  const uses = others.flatMap((resource) => describeUse(resource, scopes, apis) ?? [])
  return (
    <Layout page={page} title={`Allow ${client.name}?`} width="narrow">
      <PageHead
        title={`Allow ${client.name}?`}
        eyebrow={client.metadata.logo_uri === undefined ? undefined : <ClientLogo page={page} client={client} />}
        lead={`It asks for access to your account ${username} on this server.`}
        aside={client.isVerified ? <Tag tone="ok">verified</Tag> : <Tag tone="warn">unverified</Tag>}
      />
      {client.isVerified ? null : (
        <Notice id="unverified" tone="warn" heading="Nobody here has checked who this is">
          <p>
            {client.metadata.logo_uri === undefined
              ? 'Anybody can give an application this name.'
              : 'Anybody can give an application this name and this picture.'}{' '}
            Go on only if you came here from it yourself just now.
          </p>
        </Notice>
      )}
      {isAnyProgram(request) ? (
        <Notice id="local-only" tone="warn" heading="Any program on this computer could be it">
          <p>
            {client.name} is known by its address, {new URL(client.id).host}, but the answer goes to a program on this
            computer, and nothing shows that it is the one meant. Go on only if you started it yourself.
          </p>
        </Notice>
      ) : null}
      <Card heading="It may then">
        <ul class="points" id="asked">
          {scopes.map((scope) => (
            <li key={scope} data-scope={scope}>
              {describeScope(scope, apis, resources)}
            </li>
          ))}
          {uses.map((use) => (
            <li key={use}>{use}</li>
          ))}
        </ul>
        <KeyValues
          items={[
            { label: 'Application', value: client.name, id: 'client-name' },
            ...(client.registeredBy === 'document'
              ? [{ label: 'Its address', value: new URL(client.id).host, id: 'client-host' }]
              : []),
            { label: 'You go back to', value: describeDestination(request.redirectUri), id: 'redirect-host' },
            ...(others.length === 0
              ? []
              : [{ label: 'To be used at', value: placesOf(others, apis), id: 'resources' }]),
            { label: 'For how long', value: lifetime(isLasting), id: 'lifetime' },
          ]}
        />
        <Form page={page} id="consent" action={page.href('/consent')} hidden={{ interaction }}>
          <div class="row even">
            <Button id="consent-deny" kind="quiet" name="decision" value="deny">
              Deny
            </Button>
            <Button id="consent-allow" kind="quiet" name="decision" value="allow">
              Allow
            </Button>
          </div>
        </Form>
      </Card>
      <p class="soft">
        Not {username}?{' '}
        <a href={page.href(`/login?${new URLSearchParams({ interaction })}`)}>Sign in as somebody else</a>, and you will
        be asked again.
      </p>
    </Layout>
  )
}

/**
 * A document proves whose name it is, and nothing of who answers at an address that every computer has (MCP, "Localhost
 * redirect URI risks").
 */
function isAnyProgram({ client, redirectUri }: AuthorizationRequest): boolean {
  return client.registeredBy === 'document' && isLocalRedirect(redirectUri)
}

/** Where tokens are to be used. */
function placesOf(resources: readonly string[], apis: Apis): string {
  const all = apis.list()
  const place = (resource: string) => {
    const named = all.find((api) => api.resource === resource && api.name !== undefined)
    return named === undefined ? resource : labelOf(named)
  }
  return resources.map(place).join(', ')
}

function lifetime(isLasting: boolean): string {
  if (!isLasting) return 'Ten minutes'
  return 'Until you take it back, 90 days at most; it ends by itself after 30 days without use'
}
