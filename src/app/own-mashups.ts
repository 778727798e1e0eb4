import { join } from 'node:path'
import { catApi, diceBear } from '#apis'
import type { Log } from '#base'
import type { Config } from '#config'
import { loadOwnMashups, MASHUPS, type OwnMashups } from '#mashups'
import { pictureCache } from '#pictures'

/** What the files of `TRIVET_MASHUPS` declare, checked against what this server has. */
export function readOwnMashups(config: Config, log: Log, built: { readonly directory: string }): Promise<OwnMashups> {
  const redirects = Object.values(config.providers).map(({ redirectPath }) => redirectPath)
  return loadOwnMashups({
    directory: config.mashupsDir,
    frontDoor: join(built.directory, 'mashup.js'),
    known: {
      shipped: MASHUPS,
      paths: [...redirects, config.sandbox.mount].filter((path) => path !== undefined),
      providers: Object.keys(config.providers),
      services: [catApi(), diceBear(), pictureCache()].map(({ service }) => service),
    },
    log,
  })
}
