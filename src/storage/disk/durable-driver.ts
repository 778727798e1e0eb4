import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { FSDriver } from 'flydrive/drivers/fs'
import type { DurableFiles } from './durable-files.ts'

/** FlyDrive's disk driver, but for writing: its own leaves half a file behind when the process dies. */
export class DurableDriver extends FSDriver {
  readonly #directory: string
  readonly #files: DurableFiles

  constructor(directory: string, files: DurableFiles) {
    super({ location: directory, visibility: 'private' })
    this.#directory = directory
    this.#files = files
  }

  override async putStream(key: string, contents: Readable): Promise<void> {
    await this.#files.write(join(this.#directory, key), contents)
  }
}
