import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parseForm } from '../../oauth/form.ts'
import { findPersona } from '../personas.ts'
import type { Realm } from '../realm.ts'
import type { DriveFile } from '../records.ts'
import { authorizeCall } from './authorize-call.ts'
import { streamBodies } from './body.ts'
import { applyMask, parseMask } from './fields.ts'
import { type Files, STORAGE_LIMIT } from './files.ts'
import type { Ids } from './ids.ts'
import { selectFiles } from './list.ts'
import { quotaExceeded, Refusal } from './refusal.ts'
import type { Exclusively } from './transfers.ts'
import { cancelUpload, continueUpload, startUpload } from './upload-resumable.ts'
import { uploadMedia, uploadMultipart } from './upload-simple.ts'
import type { Vault } from './vault.ts'

export type DriveParts = { realm: Realm; ids: Ids; files: Files; vault: Vault; exclusively: Exclusively }

/** What files methods return when nothing is asked for (facts 2.4). */
const USUAL_FIELDS = 'kind,id,name,mimeType'
const FILE_FIELDS =
  'kind id name mimeType description starred trashed parents appProperties properties spaces version webContentLink webViewLink hasThumbnail thumbnailLink iconLink createdTime modifiedTime owners ownedByMe originalFilename fileExtension fullFileExtension size quotaBytesUsed md5Checksum sha1Checksum sha256Checksum imageMediaMetadata shared capabilities permissions'.split(
    ' ',
  )

const query = (request: FastifyRequest) => parseForm(request.query)

function present({ files }: DriveParts, file: DriveFile, request: FastifyRequest) {
  return applyMask(files.resource(file), parseMask(query(request).get('fields') ?? USUAL_FIELDS), FILE_FIELDS)
}

function refuseAsDrive(app: FastifyInstance) {
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof Refusal)) throw error
    return reply.code(error.status).send(error.body)
  })
}

function registerUpload(app: FastifyInstance, parts: DriveParts) {
  const { realm } = parts
  streamBodies(app)
  const config = { operation: 'drive.upload' }
  const url = '/upload/drive/v3/files'

  app.post(url, { config }, async (request, reply) => {
    const owner = authorizeCall(realm, request)
    const { 'content-length': length, 'transfer-encoding': encoding, 'content-type': type = '' } = request.headers
    if (length === undefined && encoding === undefined) throw new Refusal(411, 'lengthRequired', 'Length Required')
    parseMask(query(request).get('fields') ?? USUAL_FIELDS)
    if (realm.faults.take('google', 'drive.upload', 'drive_full')) throw quotaExceeded()
    const uploadType = query(request).get('uploadType')
    if (uploadType === 'resumable') return startUpload(parts, owner, request, reply)
    if (uploadType === 'multipart') return present(parts, await uploadMultipart(parts, owner, request), request)
    // No uploadType: image bytes behave as a simple media upload, JSON and multipart fail (facts 2.3).
    if (uploadType === 'media' || (uploadType === null && type.startsWith('image/'))) {
      return present(parts, await uploadMedia(parts, owner, request), request)
    }
    throw new Refusal(400, 'invalidParameter', 'Invalid upload request: uploadType', { location: 'uploadType' })
  })

  app.put(url, { config }, async (request, reply) => {
    if (realm.faults.take('google', 'drive.upload', 'drive_full')) throw quotaExceeded()
    const outcome = await continueUpload(parts, query(request).get('upload_id') ?? '', request)
    if ('file' in outcome) return present(parts, outcome.file, request)
    // No Range header means nothing is stored (facts 2.2, rule 3).
    if (outcome.stored > 0) reply.header('range', `bytes=0-${outcome.stored - 1}`)
    return reply.code(308).send()
  })

  app.delete(url, { config }, async (request, reply) => {
    await cancelUpload(parts, query(request).get('upload_id') ?? '')
    // Cloud Storage documents 499 for a cancelled session; Drive runs on the same upload service.
    return reply.code(499).send()
  })
}

function registerFiles(app: FastifyInstance, parts: DriveParts) {
  const { realm, ids, files, vault } = parts

  app.get('/drive/v3/files/generateIds', { config: { operation: 'drive.generateIds' } }, async (request) => {
    authorizeCall(realm, request)
    const count = Number(query(request).get('count') ?? 10)
    if (!Number.isInteger(count) || count < 1 || count > 1000) {
      throw new Refusal(400, 'invalidParameter', 'Invalid value for count: 1 to 1000', { location: 'count' })
    }
    const space = query(request).get('space') ?? 'drive'
    return { kind: 'drive#generatedIds', space, ids: Array.from({ length: count }, () => ids.generate()) }
  })

  app.get('/drive/v3/files', { config: { operation: 'drive.list' } }, async (request) => {
    const owner = authorizeCall(realm, request)
    const { page, nextPageToken } = selectFiles(files.list(owner), query(request))
    const list = { kind: 'drive#fileList', incompleteSearch: false, files: page.map((file) => files.resource(file)) }
    const usual = `kind,incompleteSearch,nextPageToken,files(${USUAL_FIELDS})`
    const mask = parseMask(query(request).get('fields') ?? usual)
    return applyMask({ ...list, ...(nextPageToken && { nextPageToken }) }, mask)
  })

  app.get<{ Params: { id: string } }>(
    '/drive/v3/files/:id',
    { config: { operation: 'drive.get' } },
    async (request, reply) => {
      const file = files.find(authorizeCall(realm, request), request.params.id)
      if (query(request).get('alt') !== 'media') return present(parts, file, request)
      return reply.type(file.mimeType).header('content-length', file.size).send(vault.read(file.id))
    },
  )

  app.get('/drive/v3/about', { config: { operation: 'drive.about' } }, async (request) => {
    const { account } = authorizeCall(realm, request)
    const persona = findPersona(account)
    const fields = query(request).get('fields')
    if (!fields) {
      throw new Refusal(400, 'required', "The 'fields' parameter is required for this method.", {
        locationType: 'parameter',
        location: 'fields',
      })
    }
    const usage = String(files.usage(account))
    const about = {
      kind: 'drive#about',
      user: {
        kind: 'drive#user',
        displayName: persona?.name,
        photoLink: realm.site.direct(`/google/people/${persona?.id}.png`),
        me: true,
        permissionId: persona?.sub.slice(1),
        emailAddress: account,
      },
      storageQuota: { limit: String(STORAGE_LIMIT), usage, usageInDrive: usage, usageInDriveTrash: '0' },
    }
    return applyMask(about, parseMask(fields))
  })
}

/** Drive v3: uploads in their three protocols, and reading what was uploaded. */
export async function registerDrive(app: FastifyInstance, parts: DriveParts) {
  refuseAsDrive(app)
  registerFiles(app, parts)
  await app.register(async (scope) => registerUpload(scope, parts))
}
