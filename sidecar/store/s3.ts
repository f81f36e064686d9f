import type { StoreAccess } from '../../core/ports/object-store.ts'
import { type RetryRules, TransientError, withRetries } from '../retry.ts'
import { downloadOf } from './download.ts'
import { readAnswer, type S3Answer } from './s3-answer.ts'
import { startS3Parts } from './s3-parts.ts'
import { asTransient, connectS3, type S3Connection, type S3Request } from './s3-request.ts'
import {
  type Creation,
  type Download,
  type NewObject,
  type OnTrouble,
  type SidecarStore,
  StoreRefusal,
} from './store.ts'

/** SHA-256 of nothing. */
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** How long is listened before a body goes that did not arrive before: a refusal may have been lost with it. Milliseconds. */
const listenMs = 250

/** One signed request with its answer, tried again while that may help. */
export type S3Call = (request: Omit<S3Request, 'bucket'>, signal: AbortSignal) => Promise<S3Answer>

/** An S3 service (MinIO and the like), addressed by path. */
export function s3Store(
  access: Extract<StoreAccess, { kind: 's3' }>,
  retries: RetryRules,
  onTrouble: OnTrouble,
): SidecarStore {
  const connection = connectS3(access.endpoint, access)
  const { bucket } = access
  const send = (request: Omit<S3Request, 'bucket'>, tried: number, signal: AbortSignal) =>
    connection.send({ ...request, bucket, listenMs: tried === 0 ? 0 : listenMs }, signal)
  const call: S3Call = (request, signal) =>
    withRetries(async (tried) => await readAnswer(await send(request, tried, signal)), retries, signal, onTrouble)
  return {
    read: ({ bucket: other, key }, signal) => open(connection, other ?? bucket, key, signal),
    async put(object, signal) {
      await call(putRequest(object), signal)
    },
    create: (object, signal) =>
      createOnly(object, retries, signal, onTrouble, (request, tried) => send(request, tried, signal)),
    startParts: (key, mediaType, signal) => startS3Parts(call, key, mediaType, signal),
    close: () => connection.close(),
  }
}

async function open(connection: S3Connection, bucket: string, key: string, signal: AbortSignal): Promise<Download> {
  const message = await connection.send({ method: 'GET', bucket, key, payloadHash: emptyHash }, signal)
  if (message.statusCode !== 200) {
    await readAnswer(message)
    throw new StoreRefusal(`HTTP ${message.statusCode}`, `the object store answered ${message.statusCode} to a GET`)
  }
  return downloadOf(message, asTransient)
}

/** `If-None-Match: *` has the store refuse (412) where an object is. */
async function createOnly(
  object: NewObject,
  retries: RetryRules,
  signal: AbortSignal,
  onTrouble: OnTrouble,
  send: (request: Omit<S3Request, 'bucket'>, tried: number) => ReturnType<S3Connection['send']>,
): Promise<Creation> {
  let unclear = false
  const request = putRequest(object, { 'if-none-match': '*' })
  const attempt = async (tried: number): Promise<Creation> => {
    try {
      await readAnswer(await send(request, tried))
      return 'created'
    } catch (error) {
      if (error instanceof StoreRefusal && error.code === 'PreconditionFailed') {
        return unclear ? 'exists-unclear' : 'exists'
      }
      if (error instanceof TransientError) unclear = true
      throw error
    }
  }
  return await withRetries(attempt, retries, signal, onTrouble)
}

function putRequest(object: NewObject, headers: Record<string, string> = {}): Omit<S3Request, 'bucket'> {
  return {
    method: 'PUT',
    key: object.key,
    headers: { ...headers, 'content-type': object.mediaType ?? 'application/octet-stream' },
    body: object.body,
    payloadHash: object.sha256,
  }
}
