import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'
import { Secret } from '#base'
import { silentLog } from '#testing'
import { type Database, openDatabase } from './open.ts'

/** A database without any schema of ours, on the tests' server; it goes away with the test. */
export async function blankDatabase(): Promise<{ url: Secret; open(): Promise<Database> }> {
  const server = new URL(inject('databaseUrl'))
  const name = `blank_${randomBytes(6).toString('hex')}`
  server.pathname = '/template1'
  await query(server, `create database ${name} template template0`)
  const opened: Database[] = []
  onTestFinished(async () => {
    await Promise.all(opened.map((database) => database.close()))
    await query(server, `drop database ${name} with (force)`)
  })
  const address = new URL(server)
  address.pathname = `/${name}`
  const url = new Secret(address.href)
  return {
    url,
    async open() {
      const database = await openDatabase({ url, poolSize: 2, log: silentLog })
      opened.push(database)
      return database
    },
  }
}

/** One statement on a connection of its own, as somebody else on the server would send it. */
export async function query(url: URL | Secret, text: string, values: unknown[] = []) {
  const client = new pg.Client({ connectionString: url instanceof Secret ? url.reveal() : url.href })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text, values)).rows
  } finally {
    await client.end()
  }
}
