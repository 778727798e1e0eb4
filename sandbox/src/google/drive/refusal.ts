/** An error of the Drive API, in the body shape of the handle-errors guide (facts 2.6). */
export class Refusal extends Error {
  readonly status: number
  readonly detail: Record<string, string>

  constructor(status: number, reason: string, message: string, detail: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.detail = { domain: 'global', reason, message, ...detail }
  }

  get body() {
    return { error: { code: this.status, message: this.message, errors: [this.detail] } }
  }
}

export const badRequest = (message: string, detail: Record<string, string> = {}) =>
  new Refusal(400, 'badRequest', message, detail)

export const notFound = (id: string) =>
  new Refusal(404, 'notFound', `File not found: ${id}.`, { locationType: 'parameter', location: 'fileId' })

export const idInUse = () =>
  new Refusal(409, 'fileIdInUse', 'A file already exists with the provided ID.', {
    locationType: 'other',
    location: 'file',
  })

/** Reports differ on the domain, so clients must look at the reason alone. */
export const quotaExceeded = () =>
  new Refusal(403, 'storageQuotaExceeded', "The user's Drive storage quota has been exceeded.")

export const rateLimited = (status: number) =>
  status === 403
    ? new Refusal(403, 'userRateLimitExceeded', 'User Rate Limit Exceeded', { domain: 'usageLimits' })
    : new Refusal(status, 'rateLimitExceeded', 'Rate Limit Exceeded', { domain: 'usageLimits' })
