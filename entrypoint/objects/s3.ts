import { Readable } from 'node:stream'
import { Client, S3Error } from 'minio'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import { type CredentialSettings, grantAccess, withdrawAccess } from './credentials.ts'
import { erasePrefix, refusalIn } from './erase-prefix.ts'
import { hashed } from './hashing.ts'
import { listKeys } from './list-keys.ts'
import { abandonBroken, abandonUploads, openUploads } from './open-uploads.ts'
import { type RequestsUnderWay, requestsUnderWay } from './requests-under-way.ts'
import { type S3Patience, s3Patience, s3Transport } from './s3-transport.ts'

/** How to reach an S3 service. */
export interface S3Settings extends CredentialSettings {
  /** Address as seen from here, such as `http://127.0.0.1:9000`. */
  readonly endpoint: string
  /** Address that stands in presigned links. */
  readonly linkEndpoint: string
  /** How long it is waited for. @default s3Patience */
  readonly patience?: S3Patience
}

/**
 * Sizes of the parts in which a stream is sent, each of which is held in memory more than once: the smallest is taken of which 10,000 hold
 * as much as may come, with some to spare. Beyond them minio-js chooses, from 64 MiB on.
 */
const streamedParts = [8 * 2 ** 20, 16 * 2 ** 20]
const mostParts = 9_000
/** Longest life of a presigned address (AWS Signature Version 4), in seconds. */
const longestLinkSeconds = 604_800

/**
 * Inputs, results and logs in one bucket of an S3 service. minio-js is the control client; the results themselves are
 * uploaded by the data sidecar, so only small objects and bundled inputs pass through here.
 */
export function s3Store(settings: S3Settings): ObjectStore {
  const { bucket, region, patience = s3Patience } = settings
  let ahead = 0
  const heard = (storeTime: number): void => {
    ahead = storeTime - Date.now()
  }
  const underWay = requestsUnderWay()
  const client = clientFor(settings, settings.endpoint, { heard, begun: underWay.begun })
  const streaming = streamedParts.map((size) => ({
    most: size * mostParts,
    client: clientFor(settings, settings.endpoint, { heard, begun: underWay.begun, partSize: size }),
  }))
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
        // The declared size only sets minio-js's part size: without it, it buffers parts of 528 MiB; with it, of 64 MiB, unless they are set.
        const sending = streaming.find(({ most }) => maximumBytes <= most)?.client ?? client
        await Promise.race([sending.putObject(bucket, key, stream, Math.min(maximumBytes, 5 * 2 ** 30)), broken])
      } catch (error) {
        await underWay.arrived(`/${bucket}/${key}`) // minio-js goes on with the part that is under way
        await abandonBroken(client, bucket, key)
        throw error
      }
      return passing.sum()
    },
    async head(key) {
      try {
        const { size } = await client.statObject(bucket, key)
        return { key, size }
      } catch (error) {
        // An answer to HEAD has no body: a proxy whose store is away says the same as a store that has no such object.
        if (error instanceof S3Error && error.code === 'NotFound' && !(await isThere(client, bucket, key)))
          return undefined
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
      await abandonUploads(client, bucket, await openUploads(client, bucket, prefix))
    },
    erase: (prefix) => erasePrefix(client, bucket, prefix),
    async presign(key, durationMs) {
      return linkClient.presignedGetObject(
        bucket,
        key,
        Math.min(Math.ceil(durationMs / 1000), longestLinkSeconds),
        // What a worker wrote is nobody's web page, also where the store sends it.
        { 'response-content-disposition': 'attachment' },
      )
    },
    access: (request) => grantAccess(settings, request, s3Transport(undefined, patience)),
    withdraw: (request) => withdrawAccess(settings, request, s3Transport(undefined, patience)),
    async time() {
      await client.bucketExists(bucket) // its answer tells the time
      return Date.now() + ahead
    },
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

function clientFor(
  { region, accessKey, secretKey, patience }: S3Settings,
  endpoint: string,
  {
    heard,
    begun,
    partSize,
  }: {
    readonly heard?: (storeTime: number) => void
    readonly begun?: RequestsUnderWay['begun']
    readonly partSize?: number
  } = {},
): Client {
  const { protocol, hostname, port } = new URL(endpoint)
  return new Client({
    endPoint: hostname,
    useSSL: protocol === 'https:',
    region,
    accessKey,
    secretKey,
    transport: s3Transport(heard, patience, begun),
    retryOptions: { disableRetry: true }, // the engine tries again, later and later; minio-js would at once, and print that
    ...(port === '' ? {} : { port: Number(port) }),
    ...(partSize === undefined ? {} : { partSize }),
  })
}

/** Whether an object is there, asked in a way that has the store itself say so. */
async function isThere(client: Client, bucket: string, key: string): Promise<boolean> {
  try {
    const body = await client.getObject(bucket, key)
    body.destroy()
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof S3Error && error.code === 'NoSuchKey'
}
