import type { FastifyInstance } from 'fastify'
import { registerTokenEndpoint } from '../../oauth/token-endpoint.ts'
import type { Realm } from '../realm.ts'
import { exchangeCode } from './exchange-code.ts'
import { refresh } from './refresh.ts'

export function registerToken(app: FastifyInstance, realm: Realm) {
  registerTokenEndpoint(app, {
    paths: ['/token'],
    exchange: (client, form) => exchangeCode(realm, client, form),
    refresh: (client, form) => refresh(realm, client, form),
  })
}
