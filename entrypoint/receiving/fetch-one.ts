import { filesFolder, receptionPrefix } from '../../core/reception/names.ts'
import type { ResultFile } from '../../core/result/manifest.ts'
import { mediaTypePattern } from '../../core/result/media-type.ts'
import { announcedDigest } from './announced-digest.ts'
import { continuedBody } from './continued-body.ts'
import { type Fetch, type Fetched, tooLarge } from './fetch.ts'
import { nameInDisposition, nameInUrl, namelessFile } from './file-name.ts'
import type { ReceivingParts } from './parts.ts'
import { ReceptionRefusal } from './refusal.ts'
import type { SourceAnswer } from './source-client.ts'
import { storeFile } from './store-file.ts'

/** One body that is one file, with what the answer itself tells of it. */
export async function fetchOne(parts: ReceivingParts, fetch: Fetch, first: SourceAnswer): Promise<Fetched> {
  const { objects, rules } = parts
  const { receptionId, source, client, signal } = fetch
  const { headers } = first
  const sha256 = announcedDigest(headers)
  const length = headers['content-length']
  const size = length === undefined ? undefined : Number(length)
  try {
    if (sha256 === undefined && rules.manifest === 'required')
      throw new ReceptionRefusal('no-manifest', 'The provider sends data without a manifest or a digest.')
    if (size !== undefined && size > rules.maximumBytes) throw tooLarge(size, rules.maximumBytes)
    await objects.removeAll(receptionPrefix(receptionId))
    const path = nameInDisposition(headers['content-disposition']) ?? nameInUrl(source.endpoint) ?? namelessFile
    const expected = { path, ...(size === undefined ? {} : { size }), ...(sha256 === undefined ? {} : { sha256 }) }
    const wanted = { url: source.endpoint, first, checked: false, signal }
    const body = continuedBody(client, size === undefined ? wanted : { ...wanted, size })
    const key = receptionPrefix(receptionId) + filesFolder + path
    const stored = await storeFile(objects, key, body, expected, rules.maximumBytes)
    const mediaType = headers['content-type']
    const file: ResultFile = {
      path,
      ...stored,
      ...(mediaType !== undefined && mediaTypePattern.test(mediaType) ? { mediaType } : {}),
    }
    const verifiedBy = sha256 === undefined ? 'nothing' : 'digest'
    return {
      outcome: 'received',
      content: { files: [file], totalBytes: stored.size, folder: filesFolder, verifiedBy },
    }
  } finally {
    first.close()
  }
}
