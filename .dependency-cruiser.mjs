// Who may import whom: the table of ARCHITECTURE.md. Rooms are entered by their front door (`#room`) only.
const FOUNDATION = [
  'base',
  'config',
  'outbound',
  'database',
  'storage',
  'crypto',
  'pictures',
  'mail',
  'http',
  'ui',
  'site',
]
const MAY_IMPORT = {
  base: [],
  config: ['base'],
  outbound: ['base', 'config'],
  database: ['base', 'config'],
  storage: ['base', 'config', 'database'],
  crypto: ['base', 'config', 'database'],
  pictures: ['base', 'config', 'outbound', 'storage'],
  mail: ['base', 'config', 'database'],
  http: ['base', 'config', 'database'],
  ui: ['base', 'config', 'http'],
  site: ['base', 'config', 'http', 'ui'],
  'sandbox-process': ['base', 'config'],
  accounts: FOUNDATION,
  authorization: [...FOUNDATION, 'accounts'],
  connections: [...FOUNDATION, 'accounts'],
  apis: ['base', 'outbound', 'connections'],
  runs: [...FOUNDATION, 'accounts', 'connections'],
  mashups: [...FOUNDATION, 'accounts', 'connections', 'apis', 'runs'],
  console: [...FOUNDATION, 'accounts', 'authorization', 'connections', 'runs', 'gateway'],
  playground: [...FOUNDATION, 'accounts', 'authorization'],
  gateway: [...FOUNDATION, 'accounts', 'authorization'],
}
const TESTS = '\\.(test|fixture)\\.tsx?$'

/** Packages that one room owns: nobody else imports them. */
const OWNED = {
  undici: ['outbound'],
  pg: ['database'],
  flydrive: ['storage'],
  'file-type': ['pictures'],
  '@napi-rs/image': ['pictures'],
  saxes: ['pictures'],
  '@dicebear/core': ['apis'],
  '@dicebear/styles': ['apis'],
  jose: ['crypto'],
  '@dbos-inc/dbos-sdk': ['runs'],
  'preact-render-to-string': ['ui'],
  nodemailer: ['mail'],
  '@simplewebauthn/server': ['accounts'],
  '@simplewebauthn/browser': ['accounts'],
  otpauth: ['accounts'],
  uqr: ['accounts'],
  '@fastify/cookie': ['http'],
  '@fastify/formbody': ['http'],
  '@fastify/rate-limit': ['http'],
  '@fastify/proxy-addr': ['http'],
  yaml: ['gateway'],
  'prom-client': ['site'],
}

const rooms = Object.entries(MAY_IMPORT).map(([room, allowed]) => ({
  name: `room-${room}`,
  comment: `${room} may import only: ${allowed.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: TESTS },
  to: { path: '^src/', pathNot: [`^src/${room}/`, ...allowed.map((other) => `^src/${other}/`)] },
}))

const doors = Object.keys(MAY_IMPORT).map((room) => ({
  name: `front-door-${room}`,
  comment: `${room} is entered by src/${room}/index.ts only`,
  severity: 'error',
  from: { path: '^(src|e2e|bench)/', pathNot: `^src/${room}/` },
  to: { path: `^src/${room}/`, pathNot: `^src/${room}/index\\.ts$` },
}))

const owned = Object.entries(OWNED).map(([name, owners]) => ({
  name: `owned-${name}`,
  comment: `${name} belongs to ${owners.join(', ')}`,
  severity: 'error',
  from: { path: '^src/', pathNot: [TESTS, '^src/testing/', ...owners.map((room) => `^src/${room}/`)] },
  to: { path: `node_modules/${name}/` },
}))

export default {
  forbidden: [
    ...rooms,
    ...doors,
    ...owned,
    {
      name: 'door-for-authors',
      comment: 'mashup.ts, what authors outside import, re-exports front doors and is imported by nobody here',
      severity: 'error',
      from: { path: '^src/mashup\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(base|pictures|connections|apis|runs|storage)/index\\.ts$' },
    },
    {
      name: 'nobody-imports-the-door-for-authors',
      severity: 'error',
      from: { path: '^(src|e2e|bench)/' },
      to: { path: '^src/mashup\\.ts$' },
    },
    {
      name: 'no-cycles',
      comment: 'no rings, type-only ones included',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'kysely-in-stores',
      comment: 'SQL is written in store/ and in database/ only',
      severity: 'error',
      from: { path: '^src/', pathNot: [TESTS, '^src/(testing|database)/', '/store/'] },
      to: { path: 'node_modules/kysely/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'store-knows-no-http',
      comment: 'store/ never imports endpoints/ or pages/',
      severity: 'error',
      from: { path: '/store/' },
      to: { path: '/(endpoints|pages)/' },
    },
    {
      name: 'mash-ups-are-strangers',
      comment: 'one mash-up never imports another',
      severity: 'error',
      from: { path: '^src/mashups/([^/]+)/' },
      to: { path: '^src/mashups/([^/]+)/', pathNot: ['^src/mashups/$1/', '^src/mashups/islands'] },
    },
    {
      name: 'testing-for-tests',
      comment: 'src/testing is imported by tests only',
      severity: 'error',
      from: { path: '^src/', pathNot: [TESTS, '^src/testing/'] },
      to: { path: '^src/testing/' },
    },
    {
      name: 'sandbox-is-a-stranger',
      comment: 'the sandbox shares no code with the product, in either direction; e2e starts it as a person would',
      severity: 'error',
      from: { path: '^(sandbox|e2e)/' },
      to: { path: '^src/' },
    },
    {
      name: 'product-knows-no-sandbox',
      comment: 'the product starts the sandbox as a process and imports nothing of it',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(sandbox|e2e|bench)/' },
    },
    {
      name: 'app-is-the-front-of-its-parts',
      comment: 'the parts of the composition root are put together by app.ts alone',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/app\\.ts$', '^src/app/'] },
      to: { path: '^src/app/' },
    },
    {
      name: 'composition-root',
      comment: 'app.ts and main.ts are imported by main.ts and cli only',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(main|app)\\.ts$', '^src/cli/'] },
      to: { path: '^src/(main|app)\\.ts$' },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
}
