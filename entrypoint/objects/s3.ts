import { Readable } from 'node:stream'
import { Client, S3Error } from 'minio'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import { type CredentialSettings, grantAccess } from './credentials.ts'
import { hashed } from './hashing.ts'
import { listKeys } from './list-keys.ts'

/** How to reach an S3 service. */
export interface S3Settings extends CredentialSettings {
  /** Address as seen from here, such as `http://127.0.0.1:9000`. */
  readonly endpoint: string
  /** Address that stands in presigned links. */
  readonly linkEndpoint: string
}

/** Longest life of a presigned address (AWS Signature Version 4), in seconds. */
const longestLinkSeconds = 604_800

/**
 * Inputs, results and logs in one bucket of an S3 service. minio-js is the control client; the results themselves are
 * uploaded by the data sidecar, so only small objects and bundled inputs pass through here.
 */
export function s3Store(settings: S3Settings): ObjectStore {
  const { bucket, region } = settings
  const client = clientFor(settings, settings.endpoint)
  const linkClient = clientFor(settings, settings.linkEndpoint)
  return {
    async put(key, body, contentType) {
      const buffer = Buffer.from(body)
      await client.putObject(bucket, key, buffer, buffer.byteLength, { 'Content-Type': contentType })
    },
    async putStream(key, body, maximumBytes) {
      const passing = hashed(body, maximumBytes)
      const stream = Readable.from(passing.body)
      // minio-js pipes a long stream on without listening for its errors: unheard, one would end the process.
      const broken = new Promise<never>((_, reject) => stream.once('error', reject))
      try {
        // The declared size only sets minio-js's part size: without it, it buffers parts of 528 MiB.
        await Promise.race([client.putObject(bucket, key, stream, Math.min(maximumBytes, 5 * 2 ** 30)), broken])
      } catch (error) {
        await client.removeIncompleteUpload(bucket, key).catch(() => undefined) // best effort: the store expires it after a day
        throw error
      }
      return passing.sum()
    },
    async head(key) {
      try {
        const { size } = await client.statObject(bucket, key)
        return { key, size }
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    async open(key, range) {
      try {
        return range === undefined
          ? await client.getObject(bucket, key)
          : await client.getPartialObject(bucket, key, range.start, range.end - range.start + 1)
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    list: (prefix) => listKeys(client, bucket, prefix),
    async removeAll(prefix) {
      const keys = (await Array.fromAsync(listKeys(client, bucket, prefix))).map(({ key }) => key)
      // The call succeeds as a whole; what could not be removed stands in its answer.
      const refusals = keys.length === 0 ? [] : (await client.removeObjects(bucket, keys)).map(refusalIn)
      const refusal = refusals.find((one) => one !== undefined)
      if (refusal !== undefined) throw new Error(`the object store did not remove what is below ${prefix}: ${refusal}`)
      // MinIO finds the uploads in parts that a killed sidecar left behind by whole key or in the whole bucket only, not by prefix.
      for await (const item of client.listIncompleteUploads(bucket, '', true)) {
        const name = nameOf(item)
        if (name?.startsWith(prefix) === true) await client.removeIncompleteUpload(bucket, name)
      }
    },
    async presign(key, durationMs) {
      return linkClient.presignedGetObject(bucket, key, Math.min(Math.ceil(durationMs / 1000), longestLinkSeconds))
    },
    access: (request) => grantAccess(settings, request),
    async check() {
      if (await client.bucketExists(bucket)) return
      try {
        await client.makeBucket(bucket, region)
      } catch (error) {
        if (!(error instanceof S3Error) || error.code !== 'BucketAlreadyOwnedByYou') throw error
      }
    },
  }
}

function clientFor({ region, accessKey, secretKey }: S3Settings, endpoint: string): Client {
  const { protocol, hostname, port } = new URL(endpoint)
  return new Client({
    endPoint: hostname,
    useSSL: protocol === 'https:',
    region,
    accessKey,
    secretKey,
    ...(port === '' ? {} : { port: Number(port) }),
  })
}

function isMissing(error: unknown): boolean {
  return error instanceof S3Error && (error.code === 'NoSuchKey' || error.code === 'NotFound')
}

function nameOf(upload: unknown): string | undefined {
  if (typeof upload !== 'object' || upload === null || !('key' in upload)) return undefined
  return typeof upload.key === 'string' ? upload.key : undefined
}

/** What an entry of minio-js's answer to `removeObjects` says; its types put the fields below `Error`, where they are not (seen with 8.0.7). */
function refusalIn(entry: unknown): string | undefined {
  const error = typeof entry === 'object' && entry !== null && 'Error' in entry ? entry.Error : entry
  if (typeof error !== 'object' || error === null || !('Code' in error)) return undefined
  return [error.Code, 'Key' in error ? error.Key : undefined].filter((part) => typeof part === 'string').join(': ')
}
