import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { Environment } from './reader.ts'

/** The process's environment over the `.env` file of the working directory, if there is one. */
export function readEnvironment(workingDirectory: string): Environment {
  return { ...readEnvFile(join(workingDirectory, '.env')), ...process.env }
}

function readEnvFile(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}
