import { Failure, type FailureKind, formatBytes } from '#base'

/** Every way that keeping or giving back a file can fail. */
export const STORAGE_ERRORS = {
  storage_full: 'transient',
  storage_read_only: 'refused',
  file_too_large: 'refused',
  file_missing: 'refused',
  file_owner_gone: 'refused',
} as const satisfies Record<string, FailureKind>

/** A code of `STORAGE_ERRORS`. */
export type StorageErrorCode = keyof typeof STORAGE_ERRORS

function failure(code: StorageErrorCode, message: string, cause?: unknown): Failure {
  return new Failure({ kind: STORAGE_ERRORS[code], code, message }, { cause })
}

export function fileTooLarge(maxBytes: number): Failure {
  return failure('file_too_large', `The file is larger than the ${formatBytes(maxBytes)} that are allowed here.`)
}

export function fileMissing(name: string, cause?: unknown): Failure {
  return failure('file_missing', `The file ${name} is no longer stored. Start again to get a new one.`, cause)
}

export function fileOwnerGone(cause: unknown): Failure {
  return failure('file_owner_gone', 'What this file belongs to was deleted meanwhile, so it was not kept.', cause)
}

/** What a failed write to the disk means for people; other errors come back as they are. */
export function failedWrite(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return failure(
      'storage_full',
      'The disk of this server is full. Its operator has to free space in the data directory; then it goes on.',
      error,
    )
  }
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return failure(
      'storage_read_only',
      'This server may not write to its data directory. Its operator has to make that directory writable; then press Retry.',
      error,
    )
  }
  return error
}
