import {
  Button,
  ButtonLink,
  Card,
  CardLink,
  Checkbox,
  type Children,
  CopyField,
  Duration,
  EmptyState,
  ErrorSummary,
  Field,
  Form,
  KeyValues,
  Layout,
  Mark,
  Notice,
  type PageContext,
  PageHead,
  type PictureChoice,
  PictureChoices,
  Progress,
  Prose,
  ProviderMark,
  Select,
  type StepStatus,
  Table,
  Tag,
  TextInput,
  Time,
  Timeline,
} from './index.ts'

/** Every component once, in its states: for the tests of this room and for looking at in a browser. */
export function Specimen({ page, breeds }: { readonly page: PageContext; readonly breeds: readonly PictureChoice[] }) {
  return (
    <Layout
      page={page}
      title="Specimen"
      description="Every component once"
      ribbon="Sandbox: Google, Discord and put.io are played on this machine. No real account is touched."
      refresh={{ seconds: 2, href: page.href('/specimen') }}
      islands={['copy-field']}
      status="Disconnected from Google."
    >
      <PageHead
        eyebrow={<Providers names={['google', 'thecatapi']}>Google Drive · The Cat API</Providers>}
        title="Things done on your own accounts, with your say-so"
        lead="Pick one. You see beforehand what it asks for, you watch it happen, and you can take the permission back."
      />
      <Cards page={page} />
      <div class="two">
        <BreedForm page={page} breeds={breeds} />
        <ConsentCard page={page} />
      </div>
      <div class="two">
        <RunCard />
        <Card heading="All states of a step" level={2}>
          <Timeline
            id="states"
            label="All states"
            steps={states.map((status) => ({ name: `A ${status} step`, status }))}
          />
          <Progress id="unknown" label="Something of unknown length" sentence="waiting for Google" />
        </Card>
      </div>
      <Notices />
      <Fields page={page} />
      <Facts />
      <EmptyState
        id="no-runs"
        heading="Nothing has run yet"
        action={<ButtonLink href={page.href('/cats')}>Save a first cat</ButtonLink>}
      >
        What you start shows up here, with its steps and its result.
      </EmptyState>
    </Layout>
  )
}

const states: readonly StepStatus[] = ['done', 'skipped', 'paused', 'failed', 'cancelled', 'running', 'waiting']

function Providers({ names, children }: { readonly names: readonly string[]; readonly children: Children }) {
  return (
    <>
      {names.map((name) => (
        <ProviderMark key={name} provider={name} />
      ))}
      {children}
    </>
  )
}

function Cards({ page }: { readonly page: PageContext }) {
  const cards = [
    {
      path: '/cats',
      title: 'A cat for your Drive',
      providers: ['google-drive', 'thecatapi'],
      about: 'Choose a breed, get its picture saved in your Drive.',
    },
    {
      path: '/avatars',
      title: 'An avatar drawn for you',
      providers: ['discord', 'dicebear'],
      about: 'Every style seen beforehand, seeded by your Discord name.',
    },
    {
      path: '/uploads',
      title: 'A folder to put.io',
      providers: ['putio'],
      about: 'Whole folders, resumable, nothing twice.',
    },
    {
      path: '/labs',
      title: 'Hands-on labs',
      providers: ['tofu', 'proxmox', 'vault'],
      about: 'Machines built for you, steps to follow, a score at the end.',
    },
  ]
  return (
    <div class="grid">
      {cards.map(({ path, title, providers, about }) => (
        <CardLink
          key={path}
          id={`card-${path.slice(1)}`}
          href={page.href(path)}
          title={title}
          eyebrow={<Providers names={providers}>{providers.join(' · ')}</Providers>}
        >
          {about}
        </CardLink>
      ))}
    </div>
  )
}

function BreedForm({ page, breeds }: { readonly page: PageContext; readonly breeds: readonly PictureChoice[] }) {
  return (
    <Card heading="A cat for your Drive">
      <Form page={page} id="cat-form" action={page.href('/cats/create_cat_request')} hidden={{ submission: 's-1' }}>
        <PictureChoices
          id="cat-breed"
          name="cat_breed"
          legend="Breed"
          hint="Arrow keys move through the pictures."
          options={breeds}
          value={breeds[1]?.value}
          required
        />
        <Notice heading="Google will ask you">
          to let Trivet <strong>create files in your Google Drive</strong>, to save one picture. It cannot see your
          other files.
        </Notice>
        <div class="row">
          <Button id="save-cat">Save a cat to my Drive</Button>
          <Button id="any-cat" kind="quiet" name="cat_breed" value="" formnovalidate>
            Pick one for me
          </Button>
        </div>
      </Form>
    </Card>
  )
}

function ConsentCard({ page }: { readonly page: PageContext }) {
  return (
    <Card>
      <div class="row">
        <Mark size={44} />
        <div>
          <h2>Weather Board</h2>
          <span class="row">
            <code>board.example</code> <Tag tone="warn">not verified</Tag>
          </span>
        </div>
      </div>
      <p>
        wants to use your account <strong>ana</strong> to:
      </p>
      <ul class="points">
        <li>see your name and picture</li>
        <li>read your lab scores</li>
        <li>stay connected for 30 days</li>
      </ul>
      <p class="soft">
        You go back to <code>https://board.example</code>. Take it back at any time on your{' '}
        <a href={page.href('/account')}>account page</a>.
      </p>
      <div class="row even">
        <Button id="consent-allow" kind="quiet">
          Allow
        </Button>
        <Button id="consent-deny" kind="quiet">
          Deny
        </Button>
      </div>
    </Card>
  )
}

function RunCard() {
  return (
    <Card
      heading="Saving your cat"
      aside={
        <Button id="cancel" kind="danger">
          Cancel
        </Button>
      }
    >
      <Progress id="run-progress" label="Saving your cat" value={0.62} sentence="uploading 1.4 of 2.3 MB" seconds={3} />
      <Timeline
        id="run-steps"
        label="Steps of this run"
        steps={[
          { name: 'Find a cat', status: 'done', message: 'Bengal, 1600 × 1200, JPEG', seconds: 0.42 },
          { name: 'Fetch the picture', status: 'done', message: 'from the cache', seconds: 0.01 },
          { name: 'Reserve a file id', status: 'done', seconds: 65, attempts: 2 },
          { name: 'Save it to your Drive', status: 'running', message: 'as ana@example.com', seconds: 2.6 },
          { name: 'Tell you', status: 'waiting' },
        ]}
      />
    </Card>
  )
}

function Notices() {
  return (
    <div class="stack">
      <Notice tone="ok" heading="Saved">
        The picture is in your Drive.
      </Notice>
      <Notice tone="warn" heading="This run is paused" id="paused">
        <p>Google wants you to sign in again as bob@example.com. Everything done so far is kept.</p>
        <Button id="reconnect">Reconnect Google</Button>
      </Notice>
      <Notice tone="bad" heading="Your Drive is full">
        Make room in your Drive, then try again. The picture is kept for a day.
      </Notice>
    </div>
  )
}

function Fields({ page }: { readonly page: PageContext }) {
  const error = 'Use eight characters or more.'
  return (
    <Card heading="Form controls">
      <Form page={page} action={page.href('/register')} multipart>
        <ErrorSummary
          errors={[{ field: 'password', message: error }, { message: 'This form was open for too long.' }]}
        />
        <TextInput
          id="username"
          name="username"
          label="Name"
          hint="Others see it."
          autocomplete="username"
          value="<ana>"
        />
        <TextInput
          id="password"
          name="password"
          type="password"
          label="Password"
          hint="A sentence is fine."
          error={error}
        />
        <Select
          id="mood"
          name="mood"
          label="Mood"
          optional
          value="happy"
          options={[
            { value: 'sad', label: 'Sad' },
            { value: 'happy', label: 'Happy' },
          ]}
        />
        <TextInput
          id="uris"
          name="redirect_uris"
          label="Redirect URIs"
          rows={3}
          value={'https://a.example/cb\nhttps://b.example/cb'}
        />
        <TextInput id="colour" name="background_color" type="color" label="Background" value="#b6e3f4" />
        <TextInput id="files" name="files" type="file" label="Files" multiple />
        <Field id="amount" label="Amount">
          {(wiring) => <input {...wiring} class="input" type="range" name="amount" />}
        </Field>
        <Checkbox
          id="pkce"
          name="require_pkce"
          label="Require PKCE"
          hint="Leave it on unless an old client cannot."
          checked
        />
        <CopyField id="redirect-uri" label="Redirect URI" value="http://localhost:3000/connect/google/callback" />
        <div class="row">
          <Button id="register">Create my account</Button>
          <Button id="off" kind="quiet" disabled>
            Not now
          </Button>
        </div>
      </Form>
    </Card>
  )
}

function Facts() {
  return (
    <div class="two">
      <Card heading="Connections">
        <Table
          id="connections"
          caption="Accounts that Trivet may use"
          captionHidden
          headers={['Account', 'Provider', 'Since', 'State']}
          rows={[
            [
              'ana@example.com',
              'Google',
              <Time key="t" at="2026-11-20T09:24:00Z" dateOnly />,
              <Tag key="s" tone="ok">
                active
              </Tag>,
            ],
            [
              'ana#1',
              'Discord',
              <Time key="t" at="2026-11-19T23:59:59Z" dateOnly />,
              <Tag key="s" tone="bad">
                reconnect
              </Tag>,
            ],
          ]}
        />
      </Card>
      <div class="stack">
        <div class="drop" id="drop" data-over>
          Drop a folder here
        </div>
        <ul class="plain">
          <li>
            <img class="picture" src="/pic/3" alt="A Bengal cat" width="240" height="180" loading="lazy" />
          </li>
          <li>
            <img class="face" src="/pic/4" alt="Ana" width="96" height="96" loading="lazy" />
          </li>
        </ul>
        <KeyValues
          items={[
            { label: 'Started', value: <Time at={new Date(Date.UTC(2026, 10, 20, 9, 24))} /> },
            { label: 'Took', value: <Duration seconds={4980} />, id: 'took' },
            { label: 'Provider', value: <ProviderMark provider="unheard-of" label="Unheard-of" /> },
          ]}
        />
        <Prose>
          <h2>What happened</h2>
          <p>
            The request carried an <code>Idempotency-Key</code>, so a repeat gives the same run.
          </p>
          <pre>PUT /upload/drive/v3/files 200 0.9 s</pre>
          <ul>
            <li>One picture, 1.4 MB</li>
            <li>One file in your Drive</li>
          </ul>
        </Prose>
      </div>
    </div>
  )
}
