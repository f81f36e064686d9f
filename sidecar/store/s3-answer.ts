import type { IncomingMessage } from 'node:http'
import { readRetryAfter } from '../../core/retry-after.ts'
import { TransientError } from '../retry.ts'
import { asTransient } from './s3-request.ts'
import { StoreRefusal } from './store.ts'

/** An answer with its body read. */
export interface S3Answer {
  readonly status: number
  readonly etag: string | undefined
  readonly text: string
}

/** S3's answers to what we send are a few hundred bytes; more is none of S3's. */
const longestAnswer = 256 * 1024
/** Refusals by code that are no refusals but bad moments. */
const passing = new Set([
  'RequestTimeout',
  'SlowDown',
  'OperationAborted',
  'ConditionalRequestConflict',
  'InternalError',
])

/**
 * S3 says with a code why it refuses. Without one it was somebody in front of it, an ingress that starts or a firewall, who knows nothing of
 * the object or of our rights; that may pass, and must not cost a computation.
 */
const ofProxies: ReadonlySet<number> = new Set([401, 403, 404])

/**
 * Reads an answer to its end.
 * @throws TransientError for what may go well next time, StoreRefusal for what will not
 */
export async function readAnswer(message: IncomingMessage): Promise<S3Answer> {
  const status = message.statusCode ?? 0
  const text = await textOf(message)
  // S3 may say 200 first and fail afterwards: then the body of the 200 is an error.
  const code = tag(text, 'Error') === undefined ? undefined : tag(text, 'Code')
  if (status >= 200 && status < 300 && code === undefined) return { status, etag: message.headers.etag, text }
  const said = [code ?? `HTTP ${status}`, tag(text, 'Message') ?? message.statusMessage].filter(Boolean).join(': ')
  const passes = code === undefined ? ofProxies.has(status) : passing.has(code)
  if (status >= 500 || status === 429 || status === 408 || passes) {
    const retryAfterMs = readRetryAfter(message.headers['retry-after'], Date.now())
    throw new TransientError(`the object store answered ${said}`, { retryAfterMs })
  }
  throw new StoreRefusal(code ?? `HTTP ${status}`, `the object store refused: ${said}`)
}

/** The text between a tag and its end, with the five entities of XML resolved. */
export function tag(xml: string, name: string): string | undefined {
  // By searching, not by one pattern: that takes the square of the length where a tag begins often and never ends.
  const opening = new RegExp(`<${name}(?:\\s[^<>]*)?>`).exec(xml)
  if (opening === null) return undefined
  const begin = opening.index + opening[0].length
  const end = xml.indexOf(`</${name}>`, begin)
  return end === -1
    ? undefined
    : xml
        .slice(begin, end)
        .replaceAll(/&(amp|lt|gt|quot|apos|#34|#39);/g, (_, entity: string) => entities[entity] ?? '')
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  '#34': '"',
  '#39': "'",
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      size += chunk.byteLength
      if (size > longestAnswer) throw new StoreRefusal('TooLong', 'the answer is far too long for one of S3')
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof StoreRefusal ? error : asTransient(error)
  }
  return Buffer.concat(chunks).toString('utf8')
}
