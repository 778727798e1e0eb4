import type { Change } from '../../state/index.ts'
import { PERSONAS } from '../personas.ts'
import type { Realm } from '../realm.ts'
import type { DriveFile } from '../records.ts'
import type { Ids } from './ids.ts'
import type { Metadata } from './metadata.ts'
import { idInUse, notFound, quotaExceeded, Refusal } from './refusal.ts'
import type { Incoming, Vault } from './vault.ts'

/** 15 GiB, what a free account has. */
export const STORAGE_LIMIT = 15 * 1024 ** 3

type Owner = { account: string; client: string }

function sniff(head: Buffer): string | undefined {
  const hex = head.toString('hex')
  if (hex.startsWith('ffd8ff')) return 'image/jpeg'
  if (hex.startsWith('89504e470d0a1a0a')) return 'image/png'
  if (/^GIF8[79]a/.test(head.toString('latin1'))) return 'image/gif'
  return /^RIFF....WEBP/s.test(head.toString('latin1')) ? 'image/webp' : undefined
}

/** What was said, unless it is no concrete type. */
function typeOf(metadata: Metadata, contentType: string | undefined, head: Buffer): string {
  const said = metadata.mimeType ?? contentType?.split(';')[0]?.trim()
  if (said !== undefined && said !== '' && !said.includes('*')) return said
  return sniff(head) ?? 'application/octet-stream'
}

/** The files of all Drives: creating, finding, and their form on the wire. */
export function createFiles({ records, site, now }: Realm, ids: Ids, vault: Vault) {
  const usage = (account: string) =>
    records.files.values().reduce((sum, file) => sum + (file.account === account ? file.size : 0), 0)

  function checkId(id: string | undefined) {
    if (id === undefined) return
    if (!ids.isOurs(id)) {
      throw new Refusal(400, 'invalid', 'The provided file ID is not usable.', {
        locationType: 'other',
        location: 'file.id',
      })
    }
    if (records.files.has(id)) throw idInUse()
  }

  return {
    usage,
    /** A pre-generated id that is strange or taken (facts 2.2, rule 9). */
    checkId,

    /**
     * Makes the file; the last check of its id and the commit happen without a pause in between.
     * @param also changes that must become true together with the file
     */
    create(
      { account, client }: Owner,
      { metadata, contentType, bytes }: { metadata: Metadata; contentType: string | undefined; bytes: Incoming },
      also: (file: DriveFile) => Change[] = () => [],
    ): DriveFile {
      checkId(metadata.id)
      if (usage(account) + bytes.size > STORAGE_LIMIT) throw quotaExceeded()
      const id = metadata.id ?? ids.generate()
      const time = new Date(now()).toISOString()
      const file: DriveFile = {
        id,
        account,
        client,
        name: metadata.name ?? 'Untitled',
        mimeType: typeOf(metadata, contentType, bytes.head),
        description: metadata.description,
        parents: metadata.parents ?? ['root'],
        appProperties: metadata.appProperties,
        size: bytes.size,
        md5Checksum: bytes.md5Checksum,
        sha256Checksum: bytes.sha256Checksum,
        createdTime: time,
        modifiedTime: time,
      }
      vault.keep(bytes, id)
      records.commit(records.files.put(id, file), ...also(file))
      return file
    },

    /** drive.file: an app sees what it made itself (facts 2.5). */
    find({ account, client }: Owner, id: string): DriveFile {
      const file = records.files.get(id)
      if (!file || file.account !== account || file.client !== client) throw notFound(id)
      return file
    },

    list: ({ account, client }: Owner) =>
      records.files.values().filter((file) => file.account === account && file.client === client),

    /** The File resource: `size` is a string, times RFC 3339 (facts 2.4). */
    resource(file: DriveFile) {
      const owner = PERSONAS.find(({ email }) => email === file.account)
      const extension = /\.(\w+)$/.exec(file.name)?.[1]
      return {
        kind: 'drive#file',
        id: file.id,
        name: file.name,
        mimeType: file.mimeType,
        ...(file.description !== undefined && { description: file.description }),
        starred: false,
        trashed: false,
        parents: file.parents,
        ...(file.appProperties && { appProperties: file.appProperties }),
        spaces: ['drive'],
        version: '1',
        webContentLink: site.url(`/google/drive/files/${file.id}/content`),
        webViewLink: site.url(`/google/drive/files/${file.id}`),
        ...(file.mimeType.startsWith('image/') && {
          hasThumbnail: true,
          thumbnailLink: site.url(`/google/drive/files/${file.id}/content`),
        }),
        createdTime: file.createdTime,
        modifiedTime: file.modifiedTime,
        owners: [{ kind: 'drive#user', displayName: owner?.name, emailAddress: file.account, me: true }],
        ownedByMe: true,
        originalFilename: file.name,
        ...(extension && { fileExtension: extension, fullFileExtension: extension }),
        size: String(file.size),
        quotaBytesUsed: String(file.size),
        md5Checksum: file.md5Checksum,
        sha256Checksum: file.sha256Checksum,
      }
    },
  }
}

export type Files = ReturnType<typeof createFiles>
