import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, Failure, formatBytes, newId, systemClock } from '#base'
import type { AccountHandle } from '#connections'
import type { OutboundResponse } from '#outbound'
import { apiFailure } from '../errors.ts'
import { type FileAnswer, parseAbout, parseFile, parseNewId } from './answers.ts'
import { driveFailure, readReason, unreadableAnswer } from './failed-request.ts'
import {
  aboutRequest,
  type DriveRequest,
  type FileMetadata,
  getFileRequest,
  mediaRequest,
  multipartRequest,
  newIdRequest,
} from './requests.ts'
import { type ResumePoint, uploadResumable } from './resumable.ts'

/** A file to be saved in Drive. */
export type DriveUpload = {
  /** From `newFileId`, kept before the upload begins: makes repeating it safe. */
  readonly id: string
  readonly file: {
    /** With its extension. */
    readonly name: string
    readonly type: string
    /** Bytes. */
    readonly size: number
    /** Opens the bytes; called again for each try. */
    readonly stream: () => Readable
  }
  readonly description?: string
  readonly signal?: AbortSignal
  /** Bytes of the file that were handed over, and of how many. May go back when a try is repeated. */
  readonly progress?: (sent: number, total: number) => void
  /** Lets an upload of more than 5 MB go on where it was after a restart. */
  readonly resume?: ResumePoint
}

/** A file in Drive, as its answer tells of it; `size` in bytes. */
export type DriveFile = {
  readonly id: string
  readonly name: string
  /** Where a person looks at it. */
  readonly webViewLink: string
  readonly size: number
}

/** One person's Google Drive, as far as the scope `drive.file` reaches: files that we made. */
export type Drive = {
  /** An id for a file that is about to be uploaded. */
  newFileId(options?: { signal?: AbortSignal }): Promise<string>
  /**
   * Saves a file at the top of My Drive. Repeating it with the same id is safe: what an earlier try brought there is
   * recognised and returned.
   *
   * @throws Failure with a `drive_…` code of `errors.ts`, and those of `#outbound`
   */
  upload(upload: DriveUpload): Promise<DriveFile>
  /**
   * Saves bytes alone, of up to 5 MB: Drive calls the file "Untitled". It has no id beforehand, so it is not for steps:
   * a repeat after a lost answer leaves a second file.
   *
   * @throws as `upload`; `drive_refused` for more than 5 MB
   */
  uploadMedia(upload: Omit<DriveUpload, 'id' | 'description' | 'resume'>): Promise<DriveFile>
  /** Whose Drive it is, and bytes used and allowed; no `limit` where there is none. */
  about(options?: { signal?: AbortSignal }): Promise<{
    user: { displayName: string; emailAddress: string }
    storageQuota: { limit?: number | undefined; usage: number }
  }>
}

/** Above this Drive wants resumable uploads (Drive guide, "choose an upload type"). */
const MOST_MULTIPART_BYTES = 5_000_000
const MULTIPART_SECONDS = 120
const MOST_ANSWER_BYTES = 100_000

/** What tests set; `wait` is the pause before a chunk is tried again, in seconds. */
export type DriveDeps = {
  readonly clock?: Clock
  /** Something that occurs in no file, for the multipart boundary. */
  readonly boundary?: () => string
  readonly wait?: (seconds: number, signal: AbortSignal | undefined) => Promise<unknown>
}

/** Google Drive API v3 over one person's account, within the scope `drive.file`. */
export function createDrive(account: AccountHandle, deps: DriveDeps = {}): Drive {
  const clock = deps.clock ?? systemClock
  const boundary = deps.boundary ?? newId
  const wait = deps.wait ?? ((seconds, signal) => sleep(seconds * 1000, undefined, signal ? { signal } : {}))

  const send = (request: DriveRequest & { timeoutSeconds?: number }, signal: AbortSignal | undefined) =>
    account.send({ maxBytes: MOST_ANSWER_BYTES, ...request, ...(signal ? { signal } : {}) })
  const call = async <T>(
    request: DriveRequest & { timeoutSeconds?: number },
    read: (response: OutboundResponse) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> => {
    const response = await send(request, signal)
    if (response.status !== 200) throw await refused(response)
    return await read(response)
  }
  const refused = async (response: OutboundResponse): Promise<Failure> => {
    const said = await readReason(response)
    if (response.status === 409 && said.reason === 'fileIdInUse') return new FileIdInUse()
    return driveFailure(response, said, account, clock.now())
  }

  async function save({ file, signal, progress = () => {}, ...upload }: DriveUpload): Promise<FileAnswer> {
    const metadata = metadataOf(upload.id, file, upload.description)
    if (file.size > MOST_MULTIPART_BYTES) {
      const pause = async (seconds: number) => void (await wait(seconds, signal))
      const { resume } = upload
      return await uploadResumable({
        ...{ metadata, file, resume, progress, refused, wait: pause },
        send: (request) => send(request, signal),
      })
    }
    const stream = () => counting(file.stream(), (sent) => progress(sent, file.size))
    const request = multipartRequest(metadata, { size: file.size, stream }, boundary())
    return await call({ ...request, timeoutSeconds: MULTIPART_SECONDS }, parseFile, signal)
  }

  async function upload(upload: DriveUpload): Promise<DriveFile> {
    const answer = await save(upload).catch(async (error: unknown) => {
      if (!(error instanceof FileIdInUse)) throw error
      // An earlier try got through although its answer was lost.
      return await call(getFileRequest(upload.id), parseFile, upload.signal)
    })
    return checked(answer, upload.file.size, await md5Of(upload.file.stream()))
  }

  async function uploadMedia({ file, signal, progress = () => {} }: Parameters<Drive['uploadMedia']>[0]) {
    if (file.size > MOST_MULTIPART_BYTES) {
      throw apiFailure(
        'drive_refused',
        `Google Drive takes at most ${formatBytes(MOST_MULTIPART_BYTES)} without a name.`,
      )
    }
    const { mimeType } = metadataOf('', file, undefined)
    const stream = () => counting(file.stream(), (sent) => progress(sent, file.size))
    const request = mediaRequest({ type: mimeType, size: file.size, stream })
    const answer = await call({ ...request, timeoutSeconds: MULTIPART_SECONDS }, parseFile, signal)
    return checked(answer, file.size, await md5Of(file.stream()))
  }

  return {
    uploadMedia: (one) => uploadMedia(one).catch(rethrowReadable),
    upload: (one) => upload(one).catch(rethrowReadable),
    newFileId: async ({ signal } = {}) => await call(newIdRequest(), parseNewId, signal).catch(rethrowReadable),
    about: async ({ signal } = {}) => await call(aboutRequest(), parseAbout, signal).catch(rethrowReadable),
  }
}

/** Inside this file only: not a failure that leaves it. */
class FileIdInUse extends Failure {
  constructor() {
    super({ kind: 'refused', code: 'drive_refused', message: 'Google Drive already has a file with this id.' })
  }
}

function rethrowReadable(error: unknown): never {
  throw unreadableAnswer(error)
}

function metadataOf(id: string, file: DriveUpload['file'], description: string | undefined): FileMetadata {
  const concrete = /^[a-z]+\/[\w.+-]+$/i.test(file.type)
  const mimeType = concrete ? file.type : 'application/octet-stream'
  return { id, name: file.name, mimeType, ...(description === undefined ? {} : { description }) }
}

/** Compares what Drive says it holds with what was to be sent. */
function checked(answer: FileAnswer, size: number, md5: string): DriveFile {
  if (answer.size !== size || answer.md5Checksum !== md5) {
    const message = 'Google Drive holds something else under the id of this file. Start again to save it anew.'
    throw apiFailure('drive_file_differs', message, { hint: `${answer.size} bytes there, ${size} here` })
  }
  const { id, name, webViewLink } = answer
  return { id, name, webViewLink, size }
}

async function* counting(source: AsyncIterable<Uint8Array>, sent: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of source) {
    yield chunk
    bytes += chunk.byteLength
    sent(bytes)
  }
}

async function md5Of(source: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('md5')
  for await (const chunk of source) hash.update(chunk)
  return hash.digest('hex')
}
