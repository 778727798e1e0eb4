import type { FastifyInstance } from 'fastify'
import { TRANSPORT_KINDS } from './faults/fault.ts'
import { html, sendPage } from './pages/index.ts'
import type { Provider } from './provider.ts'
import type { Site } from './site.ts'

function examples(url: string): string {
  const post = (body: string) => `curl -X POST ${url}/faults -H 'content-type: application/json' -d '${body}'`
  return [
    '# the next upload is done, but the answer is lost',
    post('{"provider":"google","on":"drive.upload","kind":"drop_after_commit"}'),
    '# pictures come slowly, twice',
    post('{"provider":"thecatapi","on":"picture","kind":"slow","seconds":8,"times":2}'),
    '# Drive says slow down until told otherwise',
    post('{"provider":"google","on":"drive.upload","kind":"rate_limit","as":403,"retry_after":3,"times":0}'),
    '# Ana takes her permission back at Google',
    `curl -X POST ${url}/faults/google/revoke -H 'content-type: application/json' -d '{"account":"ana@example.com"}'`,
    '# Discord lets three calls a second through',
    `curl -X POST ${url}/faults/discord/limit -H 'content-type: application/json' -d '{"per_second":3}'`,
    '# DiceBear’s next drawing has a script in it',
    post('{"provider":"dicebear","on":"svg","kind":"script_in_svg"}'),
    '# back to good behaviour; what was asked of the sandbox; what it holds; forget everything',
    `curl -X DELETE ${url}/faults`,
    `curl ${url}/requests?since=0`,
    `curl ${url}/state`,
    `curl -X DELETE ${url}/state`,
  ].join('\n')
}

function faultRow({ id, operations, behaviours }: Provider) {
  return html`<tr><th scope="row"><code>${id}</code></th><td>${operations.map((name) => html`<code>${name}</code> `)}</td><td>${[...TRANSPORT_KINDS, ...Object.keys(behaviours)].map((kind) => html`<code>${kind}</code> `)}</td></tr>`
}

/** `/`: what this is and how to steer it. */
export function registerHome(app: FastifyInstance, site: Site, providers: readonly Provider[]) {
  app.get('/', (_request, reply) =>
    sendPage(reply, 200, {
      title: 'Trivet sandbox',
      of: 'Trivet sandbox',
      home: site.path('/'),
      nav: [
        { href: site.path('/google/drive'), text: 'Drive' },
        { href: site.path('/discord/accounts'), text: 'Discord accounts' },
      ],
      body: html`<h1>Stand-ins for other people’s services</h1>
<p>This server imitates the services Trivet works with, so that everything can be tried and tested without accounts, keys or a network. Nothing here is real: the people are made up, the cats are drawn, and files stay on this machine.</p>
${providers.map((provider) => html`<section class="card">${provider.introduce()}</section>`)}
<section class="card"><h2>Misbehaviour on request</h2><p>A fault hits the next request of an operation (<code>times</code>: how many, 0 = until cleared; <code>after</code>: how many pass first). The controls answer on this machine only.</p>
<div class="wide" role="region" aria-label="Operations and faults" tabindex="0"><table><thead><tr><th scope="col">Provider</th><th scope="col">Operations</th><th scope="col">Kinds of fault</th></tr></thead><tbody>${providers.map(faultRow)}</tbody></table></div>
<pre>${examples(site.url(''))}</pre></section>`,
    }),
  )
}
