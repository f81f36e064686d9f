import type { IncomingMessage } from 'node:http'
import { TransientError, withRetries } from '../../sidecar/retry.ts'
import { readAnswer, type S3Answer } from '../../sidecar/store/s3-answer.ts'
import type { S3Call } from '../../sidecar/store/s3.ts'
import { encodePath, queryString, signedHeaders } from '../../sidecar/store/s3-signature.ts'
import { StoreRefusal } from '../../sidecar/store/store.ts'
import type { S3Destination } from './destination.ts'
import type { PeerRequest } from './peer.ts'
import type { PushTask } from './push-task.ts'

/** SHA-256 of nothing. */
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** A consumer's bucket. */
export interface Bucket {
  /**
   * One signed request with its answer, tried again while that may help.
   * @throws StoreRefusal with the service's code and none of its words; TransientError
   */
  readonly call: S3Call
  /** What is there under a key: its size, and the digest that a push of ours left with it; `undefined` where that cannot be told. */
  head(key: string, signal: AbortSignal): Promise<{ readonly size: number; readonly sha256?: string } | undefined>
}

/** Name of the header in which an object's SHA-256 is kept beside it. */
export const digestHeader = 'x-amz-meta-sha256'

/** The bucket of a destination. */
export function bucketOf({ peer, retries }: PushTask, { endpoint, bucket, credentials }: S3Destination): Bucket {
  const base = endpoint.pathname.replace(/\/$/, '')
  const send = (
    method: PeerRequest['method'],
    key: string,
    { query = {}, headers = {}, body, payloadHash }: Omit<Parameters<S3Call>[0], 'method' | 'key'>,
    signal: AbortSignal,
  ): Promise<IncomingMessage> => {
    const path = base + encodePath(bucket, key)
    const unsigned = { method, path, query, headers: { ...headers, host: endpoint.host }, payloadHash }
    return peer.send(
      {
        method,
        path: Object.keys(query).length === 0 ? path : `${path}?${queryString(query)}`,
        headers: signedHeaders(unsigned, credentials, Date.now()),
        length: body?.byteLength ?? 0,
        ...(method === 'PUT' || method === 'POST' ? { body: body ?? new Uint8Array() } : {}),
      },
      signal,
    )
  }
  return {
    call: ({ method, key, ...rest }, signal) =>
      withRetries(async () => answerTo(await send(method, key, rest, signal)), retries, signal),
    async head(key, signal) {
      const message = await withRetries(() => send('HEAD', key, { payloadHash: emptyHash }, signal), retries, signal)
      message.resume()
      const { statusCode, headers } = message
      if (statusCode !== 200) return undefined
      const sha256 = headers[digestHeader]
      return { size: Number(headers['content-length']), ...(typeof sha256 === 'string' ? { sha256 } : {}) }
    },
  }
}

/** What a service says beyond its code stays here: it may be somebody else's, chosen to be read through us. */
async function answerTo(message: IncomingMessage): Promise<S3Answer> {
  try {
    return await readAnswer(message)
  } catch (error) {
    if (error instanceof StoreRefusal) {
      const code = /^(HTTP \d{3}|[A-Za-z0-9]{1,64})$/.test(error.code) ? error.code : `HTTP ${message.statusCode}`
      throw new StoreRefusal(code, `the S3 service refused: ${code}`)
    }
    if (error instanceof TransientError)
      throw new TransientError(`the S3 service answered ${message.statusCode}, or broke off`, {
        cause: error.cause,
        retryAfterMs: error.retryAfterMs,
      })
    throw error
  }
}
