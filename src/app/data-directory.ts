import { access, constants, mkdir } from 'node:fs/promises'
import { directoryError } from '#database'

/**
 * Makes the data directory, for us alone (0700), before anything is kept in it.
 *
 * @throws StartError that says what is wrong with the place and what to do
 */
export async function prepareDataDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw await directoryError(path, error, 'The data directory')
  }
}
