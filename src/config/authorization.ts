import type { SettingReader } from './reader.ts'
import type { AuthorizationConfig } from './tree.ts'

/** What the authorization server takes and gives. */
export function readAuthorization(read: SettingReader): AuthorizationConfig {
  const registration = read.oneOf('TRIVET_REGISTRATION', ['off', 'token', 'mcp', 'open'], 'mcp')
  // Who wants to know every client wants none that comes by itself.
  const documents = registration === 'off' || registration === 'token' ? 'off' : 'on'
  return {
    registration,
    clientDocuments: read.oneOf('TRIVET_CIMD', ['on', 'off'], documents) === 'on',
    passwordApi: read.oneOf('TRIVET_PASSWORD_API', ['on', 'off'], 'on') === 'on',
    defaultScopes: readDefaultScopes(read),
    appSchemes: readAppSchemes(read),
    resources: readResources(read),
  }
}

/** RFC 6749 §3.3. What signs somebody in, or outlives their session, is never given unasked. */
function readDefaultScopes(read: SettingReader): string[] {
  const scopes = (read.text('TRIVET_DEFAULT_SCOPE') ?? 'profile').split(/ +/)
  const never = scopes.filter((scope) => /^(openid|offline_access|connections:.*|trivet:.*)$/.test(scope))
  if (never.length > 0) read.problem(`TRIVET_DEFAULT_SCOPE has ${never.join(' ')}, which is never given unasked.`)
  if (!scopes.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)))
    read.problem('TRIVET_DEFAULT_SCOPE must be names of scopes, separated by spaces.')
  return scopes
}

/** They run scripts, open files or belong to the browser or the system: no application is behind them. */
const NO_APP =
  /^(https?|javascript|data|vbscript|file|filesystem|about|blob|wss?|ftp|mailto|tel|sms|urn|view-source|intent|ms-.*|chrome.*|moz-.*|web\+.*|x-.*)$/

/** Editors that are MCP clients and answer to a scheme without a dot, against RFC 8252 §7.1. */
const USUAL_APPS = ['cursor', 'vscode', 'vscode-insiders']

function readAppSchemes(read: SettingReader): string[] {
  if (read.text('TRIVET_APP_SCHEMES') === undefined) return USUAL_APPS
  return read.list('TRIVET_APP_SCHEMES').filter((scheme) => {
    const good = /^[a-z][a-z0-9+-]*$/.test(scheme) && !NO_APP.test(scheme)
    if (!good)
      read.problem(`TRIVET_APP_SCHEMES has "${scheme}": each entry is the scheme of an application, such as cursor.`)
    return good
  })
}

/** RFC 8707 §2: absolute URIs without fragment. What begins with `internal:` is for our own systems. */
function readResources(read: SettingReader): string[] {
  return read.list('TRIVET_RESOURCES').filter((uri) => {
    const good = URL.canParse(uri) && !/[#\s]/.test(uri) && !/^(internal|vault|javascript|data):/i.test(uri)
    if (!good)
      read.problem(`TRIVET_RESOURCES has "${uri}": each entry is the address of an API, such as https://api.example.`)
    return good
  })
}
