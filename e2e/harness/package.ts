import { execFile } from 'node:child_process'
import { cp, mkdir, symlink } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '../..')
/** What `npm pack` needs of the repository. */
const SOURCES = [
  ...['package.json', 'tsconfig.json', 'README.md', 'LICENSE', 'scripts', 'src'],
  ...['sandbox/package.json', 'sandbox/src', 'docs/reference', 'docs/tutorial'],
]

/** How this machine reaches the registry of packages. */
const NETWORK =
  /^(https?_proxy|no_proxy|node_extra_ca_certs|ssl_cert_(file|dir)|npm_config_(registry|cache|userconfig))$/i

/** Of somebody who has this Node, and npm as it is here; no setting of the tester's own. */
export const AUTHOR = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => NETWORK.test(name))),
  PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
  HOME: process.env['HOME'],
  npm_config_prefer_offline: 'true',
  npm_config_fund: 'false',
  npm_config_audit: 'false',
  npm_config_update_notifier: 'false',
}

/**
 * Packs the product as `npm pack` in a clone does, away from the repository, whose build is in use.
 *
 * @param folder is made; the package is put beside it
 * @returns the path of the package
 */
export async function packProduct(folder: string): Promise<string> {
  for (const name of SOURCES) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await cp(join(ROOT, name), join(folder, name), { recursive: true })
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const destination = dirname(folder)
  const { stdout } = await promisify(execFile)('npm', ['pack', '--silent', '--pack-destination', destination], {
    cwd: folder,
    env: AUTHOR,
    maxBuffer: 10_000_000,
  })
  return join(destination, stdout.trim().split('\n').at(-1) ?? '')
}
