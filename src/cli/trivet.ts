#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { StartError } from '#base'
import { builtDirectory, serve } from '../main.ts'
import { migrateCommand } from './migrate.ts'

const USAGE = `trivet <command>

  serve [--role all|web|worker]   start the server (the default)
  migrate                         bring the database of DATABASE_URL up to date

Settings come from the environment and .env: see docs/reference/config.md.`

async function run(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { role: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  const [command = 'serve'] = positionals
  if (values.help) return console.log(USAGE)
  if (command === 'serve') return serve(values.role === undefined ? {} : { TRIVET_ROLE: values.role }, builtDirectory())
  if (command === 'migrate') return migrateCommand()
  throw new StartError(`There is no command "${command}".\n\n${USAGE}`)
}

run().catch((error: unknown) => {
  console.error(
    error instanceof StartError ||
      (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
      ? error.message
      : error,
  )
  process.exit(1)
})
