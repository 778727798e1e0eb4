import { Card, CopyField, Layout, Notice, type PageContext, PageHead, Prose, ProviderMark, Tag, type VNode } from '#ui'
import type { Provider } from '../provider/provider.ts'

const STATES = {
  real: { word: 'real', tone: 'ok', says: 'Credentials are set: sign-ins go to the real one.' },
  sandbox: {
    word: 'sandbox',
    tone: 'accent',
    says: 'No credentials are set: the sandbox plays it, and no real account is touched.',
  },
  unset: { word: 'not set', tone: 'warn', says: 'No credentials are set, and the sandbox is off: nobody can connect.' },
} as const

/** How to register a client at a provider, from the console to the restart. */
export function setupPage({ page, provider }: { readonly page: PageContext; readonly provider: Provider }): VNode {
  const { definition, redirectUri, source } = provider
  const { name, setup } = definition
  const state = STATES[source]
  return (
    <Layout page={page} title={`Set up ${name}`} islands={['copy-field']}>
      <PageHead
        title={`Set up ${name}`}
        eyebrow={
          <>
            <ProviderMark provider={definition.id} /> {name}
          </>
        }
        lead="A client of your own there, in a few minutes."
        aside={
          <Tag id="state" tone={state.tone}>
            {state.word}
          </Tag>
        }
      />
      <p>{state.says}</p>
      <Card heading="What the console will ask for">
        <CopyField
          id="redirect-uri"
          label="Authorized redirect URI"
          value={redirectUri}
          hint="Exactly this: scheme, host, port and path are compared character by character."
        />
        <p>
          <a id="console" href={setup.console} rel="noreferrer">
            Open the console of {name}
          </a>
        </p>
      </Card>
      <Card heading="Step by step">
        <Prose>
          <ol id="steps">
            {setup.steps.map((step) => (
              <li key={step}>
                <StepText text={step} redirectUri={redirectUri} />
              </li>
            ))}
          </ol>
        </Prose>
      </Card>
      <Card heading="In the file .env">
        <Prose>
          <pre id="settings">
            <code>{setup.settings.map((setting) => `${setting}=\n`).join('')}</code>
          </pre>
        </Prose>
        <p class="soft">Values that are set are never shown here.</p>
      </Card>
      {setup.notes.map((note) => (
        <Notice key={note.heading} heading={note.heading}>
          <p>{note.text}</p>
        </Notice>
      ))}
      <p class="soft">The pages of {name} change from time to time: where a name differs, look for the nearest one.</p>
    </Layout>
  )
}

function StepText({ text, redirectUri }: { readonly text: string; readonly redirectUri: string }) {
  const [before = '', ...after] = text.split('{redirectUri}')
  return (
    <>
      {before}
      {after.map((rest) => (
        <>
          <code>{redirectUri}</code>
          {rest}
        </>
      ))}
    </>
  )
}
