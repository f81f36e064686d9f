import type { Client } from 'minio'
import { tag } from '../../sidecar/store/s3-answer.ts'
import { textOf } from './list-keys.ts'

/** A version of an object, or the mark that it was deleted. */
export interface StoredVersion {
  readonly key: string
  /** Bytes; 0 of a mark. */
  readonly size: number
  /** Absent where the bucket never kept versions. */
  readonly versionId?: string
  readonly isMarker: boolean
}

/**
 * Every version and delete marker below a prefix (ListObjectVersions), in order of keys. Asked for without URL encoding, as `listKeys`
 * does.
 */
export async function* listVersions(client: Client, bucket: string, prefix: string): AsyncGenerator<StoredVersion> {
  let behind = ''
  do {
    const query = `max-keys=1000&prefix=${encodeURIComponent(prefix)}&versions=${behind}`
    const page = await textOf(await client.makeRequestAsync({ method: 'GET', bucketName: bucket, query }))
    for (const [, kind = '', entry = ''] of page.matchAll(/<(Version|DeleteMarker)>([^]*?)<\/\1>/g)) {
      const key = tag(entry, 'Key')
      const versionId = tag(entry, 'VersionId')
      if (key === undefined) continue
      yield {
        key,
        size: kind === 'Version' ? Number(tag(entry, 'Size') ?? 0) : 0,
        ...(versionId === undefined || versionId === '' ? {} : { versionId }),
        isMarker: kind === 'DeleteMarker',
      }
    }
    behind = tag(page, 'IsTruncated') === 'true' ? markers(page) : ''
  } while (behind !== '')
}

function markers(page: string): string {
  const key = encodeURIComponent(tag(page, 'NextKeyMarker') ?? '')
  const version = encodeURIComponent(tag(page, 'NextVersionIdMarker') ?? '')
  return `&key-marker=${key}&version-id-marker=${version}`
}
