import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { filesPrefix } from '../../core/job/names.ts'
import type { ResultFile } from '../../core/result/manifest.ts'
import { inParallel } from '../../sidecar/parallel.ts'
import { TransientError, withRetries } from '../../sidecar/retry.ts'
import { archiveName } from '../gateway/send-zip.ts'
import { layOutZip } from '../gateway/zip.ts'
import type { HttpDestination } from './destination.ts'
import { judgeAnswer } from './judge-answer.ts'
import { filesAtOnce, type PushTask } from './push-task.ts'
import { verifiedFile } from './read-result.ts'
import { manifestBytes, manifestName } from './result-layout.ts'
import type { Outgoing } from './send-body.ts'

/** Most that is read of an answer. Bytes. */
const mostRead = 256 * 1024

/** One thing to send. */
interface Delivery {
  readonly method: 'POST' | 'PUT'
  /** With its query. */
  readonly path: string
  readonly mediaType: string
  readonly length: number
  /** What tells this delivery from others, the same whenever it is repeated. */
  readonly key: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  /** Begins the body anew. */
  readonly body: (signal: AbortSignal) => Outgoing
}

/**
 * Sends a result to an HTTP server: one file, or one archive, in one request to the address; else every file below it, and the
 * manifest when all of them are there.
 * @throws DestinationRefusal, ResultUnreadable, TransientError
 */
export async function pushToHttp(task: PushTask, destination: HttpDestination): Promise<void> {
  const { manifest } = task.result
  const [file, ...more] = manifest.files
  if (destination.archive === 'zip') return send(task, destination, zipDelivery(task, destination), task.signal)
  if (file !== undefined && more.length === 0 && destination.archive === undefined)
    return send(task, destination, soleDelivery(task, destination, file), task.signal)
  await inParallel(manifest.files, filesAtOnce, task.signal, (one, signal) =>
    send(task, destination, fileDelivery(task, destination, one), signal),
  )
  const bytes = manifestBytes(manifest)
  const last: Delivery = {
    method: 'PUT',
    path: below(destination.url, manifestName(manifest)),
    mediaType: 'application/json',
    length: bytes.byteLength,
    key: ['manifest'],
    headers: { 'repr-digest': reprDigest(hash('sha256', bytes, 'hex')) },
    body: () => bytes,
  }
  return send(task, destination, last, task.signal)
}

function zipDelivery({ objects, result }: PushTask, { url, method, contentType }: HttpDestination): Delivery {
  const zip = layOutZip(result.manifest.files, result.registeredAt)
  const files = new Map(result.manifest.files.map((file) => [file.path, file]))
  return {
    method,
    path: url.pathname + url.search,
    mediaType: contentType ?? 'application/zip',
    length: zip.length,
    key: ['zip'],
    headers: { 'content-disposition': `attachment; filename="${archiveName}"` },
    body: (signal) =>
      zip.stream(async ({ path }) => {
        const file = files.get(path)
        if (file === undefined) throw new Error(`${path} is in the archive and not in the manifest`)
        return verifiedFile(objects, filesPrefix(result) + path, file, signal)
      }),
  }
}

function soleDelivery(task: PushTask, { url, method, contentType }: HttpDestination, file: ResultFile): Delivery {
  return {
    ...deliveryOf(task, file),
    method,
    path: url.pathname + url.search,
    ...(contentType === undefined ? {} : { mediaType: contentType }),
  }
}

function fileDelivery(task: PushTask, { url }: HttpDestination, file: ResultFile): Delivery {
  return { ...deliveryOf(task, file), method: 'PUT', path: below(url, file.path) }
}

function deliveryOf({ objects, result }: PushTask, file: ResultFile): Omit<Delivery, 'method' | 'path'> {
  const name = file.path.split('/').at(-1) ?? 'result'
  return {
    mediaType: file.mediaType ?? 'application/octet-stream',
    length: file.size,
    key: ['file', file.path],
    headers: {
      'content-disposition': `attachment; filename="${name}"`,
      'repr-digest': reprDigest(file.sha256),
    },
    body: (signal) => verifiedFile(objects, filesPrefix(result) + file.path, file, signal),
  }
}

async function send(
  { peer, result, retries }: PushTask,
  { headers }: HttpDestination,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<void> {
  const { method, path, mediaType, length, key, body } = delivery
  const attempt = async (): Promise<void> => {
    const answer = await peer.send(
      {
        method,
        path,
        headers: {
          accept: '*/*',
          'user-agent': 'dataspace-compute',
          'content-type': mediaType,
          'idempotency-key': idempotencyKey(result, key),
          ...delivery.headers,
          ...headers,
        },
        body: body(signal),
        length,
      },
      signal,
    )
    try {
      judgeAnswer(answer.statusCode ?? 0, answer.headers['retry-after'])
      await readAway(answer)
    } finally {
      if (!answer.readableEnded) answer.destroy()
    }
  }
  // A second POST within one push could be a second thing to the consumer's server, where the answer to the first was lost.
  return method === 'PUT' ? withRetries(attempt, retries, signal) : attempt()
}

/**
 * Waits for the end of an answer: one that began before the body was there says only then that the server is done with it. Nothing of it is
 * kept, so that nothing of it can be told to anybody.
 */
async function readAway(answer: IncomingMessage): Promise<void> {
  let bytes = 0
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength
      if (bytes > mostRead) return // whatever that is, its head said success
    }
  } catch (error) {
    throw error instanceof TransientError
      ? error
      : new TransientError('the destination broke off its answer', { cause: error })
  }
}

/** The same for the same piece of the same result, so that a server can tell a repeated request from a new one. */
function idempotencyKey({ jobId, attempt }: PushTask['result'], key: readonly string[]): string {
  const digest = hash('sha256', JSON.stringify([jobId, attempt, ...key]), 'hex')
  return `"${digest.slice(0, 32)}"`
}

function below({ pathname, search }: URL, path: string): string {
  return `${pathname.replace(/\/$/, '')}/${path}${search}`
}

function reprDigest(sha256: string): string {
  return `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`
}
