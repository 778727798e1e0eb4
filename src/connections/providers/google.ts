import type { ProviderDefinition } from '../provider/definition.ts'

const SCOPE = 'https://www.googleapis.com/auth/'

/** developers.google.com/identity/protocols/oauth2/web-server and …/openid-connect. */
export const google: ProviderDefinition = {
  id: 'google',
  name: 'Google',
  verifiedOn: '2026-11-20',
  clientAuth: 'post',
  pkce: 'S256',
  scopes: {
    always: ['openid', 'email', 'profile'],
    // Google answers the short sign-in names with its long ones, in another order.
    known: [
      { name: 'openid', says: 'know which Google account is yours' },
      { name: `${SCOPE}userinfo.email`, also: ['email'], wire: 'email', says: 'see your e-mail address' },
      { name: `${SCOPE}userinfo.profile`, also: ['profile'], wire: 'profile', says: 'see your name and picture' },
      {
        name: `${SCOPE}drive.file`,
        also: ['drive.file'],
        says: 'create files in your Google Drive, and see and change only the files it created',
      },
    ],
    joiner: ' ',
  },
  // A refresh token comes with the first consent only, unless consent is asked for again.
  offline: { params: { access_type: 'offline' }, forcedConsent: { prompt: 'consent' } },
  incremental: { params: { include_granted_scopes: 'true' } },
  chooseAccount: { params: { prompt: 'select_account' } },
  tokens: { refresh: 'static' },
  deadGrant: {
    diagnoses: [
      {
        code: 'testing_mode',
        fromDays: 6.5,
        toDays: 7.5,
        says: 'Google ended the access after 7 days, as it does while the app’s publishing status is “Testing”. Whoever runs this server can change that: in the Google Cloud console, under Audience, press “Publish app”.',
      },
    ],
  },
  // "Revoking drops all scopes for the whole project, all clients."
  revoke: { drops: 'project', authenticated: false, page: 'https://myaccount.google.com/connections' },
  identity: {
    id: (claims) => claims['sub'],
    label: (claims) => claims['email'] ?? claims['name'],
    picture: (claims) => claims['picture'],
    pictureHosts: ['lh3.googleusercontent.com'],
  },
  issuerWithoutScheme: true,
  setup: {
    console: 'https://console.cloud.google.com/auth/clients',
    steps: [
      'Open the Google Cloud console and pick a project, or press “New project”, name it and press “Create”.',
      'Open “APIs & Services”, then “Library”, search for “Google Drive API” and press “Enable”.',
      'Open “Google Auth Platform”, press “Get started”, and fill in the app name and your e-mail address as support address.',
      'As audience choose “External”, or “Internal” if only people of your own Workspace will use it.',
      'Open “Data access”, press “Add or remove scopes”, tick “…/auth/drive.file”, press “Update”, then “Save”.',
      'Open “Audience” and add your own address under “Test users”, while the publishing status is “Testing”.',
      'Open “Clients”, press “Create client” and choose “Web application”.',
      'Under “Authorized redirect URIs” press “Add URI” and paste {redirectUri}. Every character counts: http or https, port, no slash at the end.',
      'Press “Create”, and copy the client ID and the client secret that Google shows once.',
      'Put both into the file .env beside package.json, as shown below.',
      'Restart Trivet and load this page again: the state at the top says “real”.',
    ],
    settings: ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'],
    notes: [
      {
        heading: 'Testing mode ends connections after 7 days',
        text: 'While the publishing status is “Testing”, Google ends each refresh token after 7 days, and only the test users you list can sign in. Press “Publish app” under “Audience” to have connections last.',
      },
      {
        heading: 'Verification',
        text: 'drive.file and the sign-in scopes are not sensitive: publishing an app that asks for these alone needs no review of scopes by Google. A name or logo of your own on the consent page has to be verified.',
      },
    ],
  },
}
