import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import https from 'node:https'
import type { ClientOptions } from 'minio'
import { readRetryAfter } from '../../core/retry-after.ts'
import { tag } from '../../sidecar/store/s3-answer.ts'

/** What minio-js sends its requests with. */
export type S3Transport = NonNullable<ClientOptions['transport']>

/** How an S3 service is waited for; milliseconds. */
export interface S3Patience {
  /** How long nothing may move on a connection: the connection is dead then. */
  readonly idleMs: number
  /** The same while an upload in parts is put together: that takes a store a while, and most send a space now and then (AWS S3, MinIO: every ten seconds). */
  readonly completeMs: number
}

/** Used outside of tests. */
export const s3Patience: S3Patience = { idleMs: 30_000, completeMs: 120_000 }

/** Clocks further apart than this are told of: S3 refuses requests that are 15 minutes off. Milliseconds. */
const toleratedSkewMs = 600_000
/** Most that is read of an answer that tells of trouble. Bytes. */
const longestTrouble = 64 * 1024

/** The S3 service cannot do it right now, or says so. */
class S3Trouble extends Error {
  override readonly name = 'S3Trouble'
  /** How long it wants to be left alone, in milliseconds; 0 where it does not say. */
  readonly retryAfterMs: number

  constructor(message: string, retryAfterMs = 0) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

/**
 * The requests of minio-js with what it lacks: a limit to silence (a store that hangs would hold a step of the engine for ever);
 * answers that tell of trouble are read to their end (unread, each would hold a connection open) and become an error with the store's
 * own words and its `Retry-After`.
 * @param heard is told the store's time with each answer, milliseconds since 1970
 * @param begun is told each request as it begins
 */
export function s3Transport(
  heard: (storeTime: number) => void = () => undefined,
  patience = s3Patience,
  begun: (request: ClientRequest) => void = () => undefined,
): S3Transport {
  const request = (options: RequestOptions, taken: (answer: IncomingMessage) => void): ClientRequest => {
    const completing = options.method === 'POST' && (options.path ?? '').includes('uploadId=')
    const timeout = completing ? patience.completeMs : patience.idleMs
    const message = (options.protocol === 'https:' ? https : http).request({ ...options, timeout })
    begun(message)
    let answered = false
    const silent = (): Error => new S3Trouble(`the object store said nothing for ${timeout} ms`)
    message.once('timeout', () => {
      if (!answered) message.destroy(silent())
    })
    message.once('response', (answer: IncomingMessage) => {
      answered = true
      message.on('timeout', () => {
        // What was read and waits for its reader tells that the reader is slow, not the store.
        if (answer.readableLength === 0) answer.destroy(silent())
      })
      const storeTime = Date.parse(answer.headers.date ?? '')
      if (!Number.isNaN(storeTime)) heard(storeTime)
      if (!tellsOfTrouble(answer, storeTime)) return taken(answer)
      troubleIn(answer, storeTime).then(
        (trouble) => message.emit('error', trouble),
        (error: unknown) => message.emit('error', error),
      )
      return undefined
    })
    return message
  }
  // oxlint-disable-next-line no-unsafe-type-assertion -- minio-js calls it in this one of the overloads of node:http's request
  return { request } as S3Transport
}

function tellsOfTrouble(answer: IncomingMessage, storeTime: number): boolean {
  const status = answer.statusCode ?? 0
  return status >= 500 || status === 408 || status === 425 || status === 429 || isSkewed(status, storeTime)
}

function isSkewed(status: number, storeTime: number): boolean {
  return status === 403 && Math.abs(storeTime - Date.now()) > toleratedSkewMs
}

async function troubleIn(answer: IncomingMessage, storeTime: number): Promise<S3Trouble> {
  const status = answer.statusCode ?? 0
  const text = await beginOf(answer)
  const said = [tag(text, 'Code') ?? `HTTP ${status}`, tag(text, 'Message')].filter(Boolean).join(': ')
  if (isSkewed(status, storeTime)) {
    const minutes = Math.round(Math.abs(storeTime - Date.now()) / 60_000)
    return new S3Trouble(`the object store refused (${said}): our clock and its clock are ${minutes} minutes apart`)
  }
  return new S3Trouble(
    `the object store answered ${said}`,
    readRetryAfter(answer.headers['retry-after'], Date.now()) ?? 0,
  )
}

async function beginOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > longestTrouble) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
