import { backoff, Failure } from '#base'
import type { OutboundResponse } from '#outbound'
import { type FileAnswer, nextByte, parseFile } from './answers.ts'
import { type Chunks, createChunks } from './chunks.ts'
import { driveUnavailable } from './failed-request.ts'
import { chunkRequest, type DriveRequest, type FileMetadata, startSessionRequest, statusRequest } from './requests.ts'

/** Where the session URI survives a restart. It opens the upload to whoever knows it: kept sealed, never logged. */
export type ResumePoint = { load(): Promise<string | undefined>; save(uri: string): Promise<void> }

/** A multiple of 256 KiB, as every chunk but the last has to be; held in memory, so that it can be sent again. */
const CHUNK_BYTES = 8 * 1024 * 1024
const CHUNK_SECONDS = 300
/** In a row, without a byte of progress; then the caller's own retry takes over, from the saved session. */
const MOST_FAILURES = 4
const MOST_SESSIONS = 3

export type ResumableUpload = {
  readonly metadata: FileMetadata
  readonly file: { readonly size: number; readonly stream: () => AsyncIterable<Uint8Array> }
  readonly resume: ResumePoint | undefined
  readonly progress: (sent: number, total: number) => void
  /** Sends; any status is an answer. */
  readonly send: (request: DriveRequest & { timeoutSeconds?: number }) => Promise<OutboundResponse>
  /** The failure that an answer of refusal means. */
  readonly refused: (response: OutboundResponse) => Promise<Failure>
  readonly wait: (seconds: number) => Promise<void>
}

type Step = { kind: 'done'; file: FileAnswer } | { kind: 'more'; from: number } | { kind: 'session_gone' }

/** Uploads in chunks that survive lost connections, lost answers and restarts (Drive guide, "resumable upload"). */
export async function uploadResumable(upload: ResumableUpload): Promise<FileAnswer> {
  const chunks = createChunks(upload.file.stream)
  try {
    let uri = await upload.resume?.load()
    for (let session = 1; session <= MOST_SESSIONS; session += 1) {
      const known = uri !== undefined
      uri ??= await startSession(upload)
      const file = await sendChunks(upload, chunks, uri, known)
      if (file) return file
      uri = undefined
    }
    throw driveUnavailable(`${MOST_SESSIONS} upload sessions ended before their time`)
  } finally {
    await chunks.close()
  }
}

async function startSession(upload: ResumableUpload): Promise<string> {
  const response = await upload.send(startSessionRequest(upload.metadata, upload.file.size))
  if (response.status !== 200) throw await upload.refused(response)
  await response.discard()
  const uri = response.headers.get('location')
  if (uri === undefined) throw driveUnavailable('no Location in the answer that opens an upload session')
  await upload.resume?.save(uri)
  return uri
}

/** The file, or `undefined` when the session is gone (they live a week). */
async function sendChunks(
  upload: ResumableUpload,
  chunks: Chunks,
  uri: string,
  known: boolean,
): Promise<FileAnswer | undefined> {
  const { size } = upload.file
  let from = 0
  let failures = 0
  let unsure = known
  for (;;) {
    const step = await attempt(async () => {
      if (unsure) return readStep(upload, await upload.send(statusRequest(uri, size)))
      const chunk = await chunks.read(from, CHUNK_BYTES)
      const request = chunkRequest(uri, chunk, { start: from, size })
      return readStep(upload, await upload.send({ ...request, timeoutSeconds: CHUNK_SECONDS }))
    })
    if ('failure' in step || (step.kind === 'more' && step.from <= from && !unsure)) {
      failures += 1
      const failure = 'failure' in step ? step.failure : driveUnavailable('Drive keeps none of the bytes')
      if (failures >= MOST_FAILURES) throw failure
      await upload.wait(backoff(failures, { first: 1, most: 8 }))
      unsure = true
      continue
    }
    if (step.kind === 'session_gone') return undefined
    if (step.kind === 'done') {
      upload.progress(size, size)
      return step.file
    }
    if (step.from > from) failures = 0
    from = step.from
    unsure = false
    upload.progress(from, size)
  }
}

/** A transient failure is an outcome here, any other is thrown. */
async function attempt(work: () => Promise<Step>): Promise<Step | { failure: Failure }> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Failure && error.data.kind === 'transient') return { failure: error }
    throw error
  }
}

async function readStep(upload: ResumableUpload, response: OutboundResponse): Promise<Step> {
  if (response.status === 200 || response.status === 201) return { kind: 'done', file: await parseFile(response) }
  if (response.status !== 308 && response.status !== 404 && response.status !== 410)
    throw await upload.refused(response)
  await response.discard()
  return response.status === 308 ? { kind: 'more', from: nextByte(response) } : { kind: 'session_gone' }
}
