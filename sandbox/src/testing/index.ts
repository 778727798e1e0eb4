import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createSandbox } from '../index.ts'

export const CLIENT = { client_id: 'trivet-sandbox', client_secret: 'trivet-sandbox-secret' }
export const CALLBACK = 'http://localhost:3000/connect/google/callback'
export const DRIVE_FILE = 'https://www.googleapis.com/auth/drive.file'
const SCOPES = `openid email profile ${DRIVE_FILE}`

/** A folder that goes with the test. */
export async function makeFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sandbox-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** A sandbox of the test's own, on a free port. */
export async function startSandbox(options: { baseUrl?: string; now?: () => number; state?: string } = {}) {
  const state = options.state ?? (await makeFolder())
  const sandbox = await createSandbox({ ...options, state })
  onTestFinished(() => sandbox.close())
  return { ...sandbox, state }
}

export const request = (url: string, init: RequestInit = {}) => fetch(url, { redirect: 'manual', ...init })

export const post = (url: string, form: Record<string, string> | URLSearchParams, headers = {}) =>
  request(url, { method: 'POST', body: new URLSearchParams(form), headers })

export const postJson = (url: string, body: unknown, headers = {}) =>
  request(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })

/** Asks for a fault, and fails the test when it is not taken. */
export async function misbehave(url: string, fault: Record<string, unknown>) {
  const response = await postJson(`${url}/faults`, fault)
  if (response.status !== 201) throw new Error(await response.text())
}

export function authorizationQuery(more: Record<string, string> = {}): string {
  const usual = {
    client_id: CLIENT.client_id,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: SCOPES,
    state: 's1',
  }
  return new URLSearchParams({ ...usual, access_type: 'offline', ...more }).toString()
}

const cookieOf = (response: Response) => response.headers.getSetCookie()[0]?.split(';')[0] ?? ''

/** What a redirect to the app tells it. */
export const callbackOf = (response: Response) =>
  new URL(response.headers.get('location') ?? 'about:blank').searchParams

/** Signs in as a persona; the answer shows where that led. */
export async function signIn(url: string, query: string, persona = 'ana', provider = 'google') {
  const response = await post(`${url}/${provider}/signin`, { request: query, persona })
  return { response, cookie: cookieOf(response) }
}

/** Presses a button of Google's consent page; gives the callback's parameters. */
export async function consent(url: string, query: string, cookie: string, ticked = [DRIVE_FILE], action = 'allow') {
  const form = new URLSearchParams([['request', query], ['action', action], ...ticked.map((scope) => ['scope', scope])])
  return callbackOf(await post(`${url}/google/consent`, form, { cookie }))
}

/** The whole way through both pages: the callback's parameters. */
export async function authorize(url: string, more: Record<string, string> = {}, persona = 'ana') {
  const query = authorizationQuery(more)
  const { response, cookie } = await signIn(url, query, persona)
  const location = response.headers.get('location') ?? ''
  return location.startsWith('/google/consent') ? consent(url, query, cookie) : callbackOf(response)
}

export type Tokens = {
  access_token: string
  refresh_token?: string
  id_token?: string
  expires_in: number
  scope: string
}

export const exchange = (url: string, code: string, more: Record<string, string> = {}) =>
  post(`${url}/google/token`, { ...CLIENT, grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...more })

export const refresh = (url: string, refresh_token = '') =>
  post(`${url}/google/token`, { ...CLIENT, grant_type: 'refresh_token', refresh_token })

export async function tokensOf(response: Response): Promise<Tokens> {
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  return (await response.json()) as Tokens
}

/** Tokens of somebody who has just allowed everything. */
export async function connect(url: string, more: Record<string, string> = {}, persona = 'ana'): Promise<Tokens> {
  const callback = await authorize(url, { prompt: 'consent', ...more }, persona)
  return tokensOf(await exchange(url, callback.get('code') ?? ''))
}

export const bearer = ({ access_token }: { access_token: string }) => ({ authorization: `Bearer ${access_token}` })

/** A JSON answer, read field by field in assertions. */
export async function json(response: Response | Promise<Response>): Promise<Record<string, unknown>> {
  return (await (await response).json()) as Record<string, unknown>
}
