import type { Readable } from 'node:stream'
import type { AccountHandle } from '#connections'
import { requireScopes } from '../require-scopes.ts'
import { createDrive, type Drive, type DriveFile, type DriveUpload } from './drive.ts'

type OwnedFile = {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly size: number
  readonly sha256: string
}

/** What a run lends to the client: bytes of its files, and a sealed place for the address of a resumable upload. */
type RunTools = {
  openFile(file: OwnedFile): Readable
  readonly secrets: {
    load(name: string): Promise<string | undefined>
    save(name: string, value: string): Promise<void>
  }
}

/** Drive as a mash-up uses it: files are those that the run owns, and an upload goes on where it was after a restart. */
export type MashupDrive = Pick<Drive, 'newFileId' | 'about'> & {
  /** Whose Drive it is: "ana@example.com". */
  readonly accountName: string
  upload(upload: Omit<DriveUpload, 'file' | 'resume'> & { readonly file: OwnedFile }): Promise<DriveFile>
}

/** Scopes of Drive that a mash-up can do something with: `drive.file` is files that Trivet made, and no others. */
export type DriveScope = 'drive.file'

/**
 * Google Drive for a mash-up's `connect`.
 *
 * @param need.why for the person, beginning with "to": "to save one picture in your Drive"
 * @throws Error for a scope that is not known
 */
export function googleDrive(need: { readonly scopes: readonly DriveScope[]; readonly why: string }) {
  return {
    ...need,
    scopes: requireScopes('googleDrive', need.scopes, ['drive.file']),
    provider: 'google',
    client(account: AccountHandle, tools: RunTools): MashupDrive {
      const drive = createDrive(account)
      return {
        get accountName() {
          return account.name
        },
        newFileId: drive.newFileId,
        about: drive.about,
        upload({ file, ...upload }) {
          const name = `drive upload ${upload.id}`
          return drive.upload({
            ...upload,
            file: { ...file, stream: () => tools.openFile(file) },
            resume: { load: () => tools.secrets.load(name), save: (uri) => tools.secrets.save(name, uri) },
          })
        },
      }
    },
  }
}
