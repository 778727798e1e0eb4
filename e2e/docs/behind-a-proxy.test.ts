import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { selfSigned } from '../harness/certificate.ts'
import { createClient } from '../harness/client.ts'
import { temporaryFolder } from '../harness/machine.ts'
import { freePort, startProduct } from '../harness/product.ts'
import { isMissing, PROGRAMS } from '../harness/proxies.ts'
import { read } from './repository.ts'

const PAGE = 'docs/how-to/behind-a-proxy.md'

/** The lines of the page, with ports and files of this test in the place of those of a server. */
async function startNginx(ports: { product: number; https: number; http: number }): Promise<string> {
  const folder = await temporaryFolder()
  const { key, certificate } = selfSigned('id.example')
  await writeFile(join(folder, 'key.pem'), key)
  await writeFile(join(folder, 'certificate.pem'), certificate)
  await mkdir(join(folder, 'temp'))
  const shown = /```nginx\n([\s\S]*?)```/.exec(read(PAGE))?.[1] ?? ''
  const servers = shown
    .replace('127.0.0.1:3000', `127.0.0.1:${ports.product}`)
    .replace('listen 443 ssl', `listen 127.0.0.1:${ports.https} ssl`)
    .replace('listen 80', `listen 127.0.0.1:${ports.http}`)
    .replace('/etc/ssl/id.example.pem', join(folder, 'certificate.pem'))
    .replace('/etc/ssl/id.example.key', join(folder, 'key.pem'))
  expect(servers).not.toMatch(/3000|443|\b80\b|\/etc/)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, 'temp', name)};`)
    .join('\n')
  const http = `http {\naccess_log off;\n${temporary}\n${servers}}`
  const main = `daemon off; master_process off; pid ${join(folder, 'pid')}; error_log stderr warn;\nevents {}\n${http}\n`
  await writeFile(join(folder, 'nginx.conf'), main)
  const child = spawn(PROGRAMS.nginx, ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'inherit' })
  onTestFinished(async () => {
    const over = once(child, 'exit')
    child.kill('SIGTERM')
    await over
  })
  return certificate
}

test.skipIf(isMissing('nginx'))(`${PAGE}: nginx with these lines serves it below the path, by https only`, async () => {
  const ports = { product: await freePort(), https: await freePort(), http: await freePort() }
  const origin = `https://id.example:${ports.https}`
  const certificate = await startNginx(ports)
  const environment = { TRIVET_PUBLIC_URL: `${origin}/auth`, LOG_LEVEL: 'debug' }
  const product = await startProduct({ port: ports.product, environment })
  onTestFinished(async () => void (await product.stop()))

  const visitor = createClient(origin, certificate)
  await expect.poll(async () => (await visitor.get('/auth/')).status).toBe(200)
  expect((await visitor.get('/auth')).status).toBe(200)
  expect((await visitor.get('/login')).status).toBe(404)
  for (const path of ['/.well-known/oauth-authorization-server/auth', '/auth/.well-known/openid-configuration']) {
    expect(JSON.parse((await visitor.getJson(path)).text).issuer).toBe(`${origin}/auth`)
  }
  const { action, fields } = await visitor.form('/auth/register', '/auth/register')
  const made = await visitor.postForm(action, { ...fields, username: 'ana', password: 'a long enough password' })
  expect([made.status, made.headers.location]).toEqual([303, '/auth/account'])
  expect(visitor.cookie('__Host-trivet')).toMatch(/^[\w-]{20,}$/)
  expect((await visitor.get('/auth/account')).text).toContain('ana')

  const plain = createClient(`http://id.example:${ports.http}`)
  expect((await plain.get('/auth/login')).status).toBe(301)
  const spoofed = await visitor.send('/auth/privacy', {
    headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'http' },
  })
  expect(spoofed.status).toBe(200)
})
