import { setTimeout as pause } from 'node:timers/promises'
import { backoff } from '../../core/backoff.ts'
import { pauseAskedBy } from '../../core/retry-after.ts'
import { TransientError } from '../../sidecar/retry.ts'
import { troubleIn } from './judge-status.ts'
import { ReceptionRefusal } from './refusal.ts'
import type { SourceAnswer, SourceClient } from './source-client.ts'

/** A body to read, which may take several requests. */
export interface WantedBody {
  readonly url: string
  /** Its first answer, where somebody has asked already. */
  readonly first?: SourceAnswer
  /** Bytes, where they are known: then a body that ends early has broken off, however well it ended. */
  readonly size?: number
  /** Whether its size and digest are known beforehand, so that a wrong continuation is found out in the end. */
  readonly checked: boolean
  readonly signal: AbortSignal
}

/** How often in a row, without a byte in between, a body may break off. */
const mostBreaks = 5

/**
 * The bytes of a body. Where the connection breaks, it goes on from there: with `Range`; behind a data plane that passes no `Range` on, with
 * `?offset=`, which our gateway reads in its place; else by reading what is there already a second time.
 * @throws TransientError where it breaks off again and again, ReceptionRefusal
 */
export async function* continuedBody(client: SourceClient, wanted: WantedBody): AsyncGenerator<Uint8Array> {
  const { url, size, signal } = wanted
  let position = 0
  let etag: string | undefined
  let by: 'range' | 'query' = 'range'
  for (let breaks = 0; ; ) {
    try {
      const answer =
        position === 0 && wanted.first !== undefined && breaks === 0
          ? wanted.first
          : await askFrom(client, url, position, etag, by)
      try {
        let skip = await placeOf(answer, position, by, etag, wanted)
        if (skip === 'ask-by-query') {
          by = 'query'
          continue
        }
        etag ??= strongEtag(answer)
        for await (const chunk of answer.body) {
          const rest = chunk.subarray(Math.min(skip, chunk.byteLength))
          skip -= chunk.byteLength - rest.byteLength
          if (rest.byteLength === 0) continue
          position += rest.byteLength
          if (size !== undefined && position > size)
            throw new ReceptionRefusal(
              'wrong-content',
              `The provider sends more than the ${size} bytes that it announced.`,
            )
          breaks = 0
          yield rest
        }
      } finally {
        answer.close()
      }
      if (size === undefined || position === size) return
      throw new TransientError(`the body ended after ${position} of ${size} bytes`)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof TransientError)) throw error
      breaks += 1
      const lost = position > 0 && !wanted.checked && etag === undefined
      if (breaks > mostBreaks || lost) throw error
      const restMs = Math.max(backoff(breaks, Math.random()), pauseAskedBy(error))
      await pause(restMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}

function askFrom(
  client: SourceClient,
  url: string,
  position: number,
  etag: string | undefined,
  by: 'range' | 'query',
): Promise<SourceAnswer> {
  if (position === 0) return client.get(url)
  if (by === 'query') return client.get(`${url}${url.includes('?') ? '&' : '?'}offset=${position}`)
  return client.get(url, { range: `bytes=${position}-`, ...(etag === undefined ? {} : { 'if-range': etag }) })
}

/** How many bytes of an answer are here already. */
async function placeOf(
  answer: SourceAnswer,
  position: number,
  by: 'range' | 'query',
  etag: string | undefined,
  { checked, size }: WantedBody,
): Promise<number | 'ask-by-query'> {
  const { status, headers } = answer
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    const message = `The provider sends the data encoded (${encoding}), though it was asked not to.`
    throw new ReceptionRefusal('wrong-content', message)
  }
  if (status === 206) {
    const [, begin, total] = /^bytes (\d+)-\d+\/(\d+)?/.exec(headers['content-range'] ?? '') ?? []
    if (size !== undefined && total !== undefined && Number(total) !== size) throw otherSize(total, size)
    if (Number(begin) === position || (begin === undefined && by === 'query')) return 0
    throw new TransientError('the provider sent another part than was asked for')
  }
  if (status !== 200) throw await troubleIn(answer)
  const length = headers['content-length']
  if (position === 0 && size !== undefined && length !== undefined && Number(length) !== size)
    throw otherSize(length, size)
  if (position === 0) return 0
  // A data plane may make 200 of the gateway’s 206, and may leave the length out; what has the length of the whole is the whole.
  if (by === 'query') return Number(length) === size ? position : 0
  if (checked) return 'ask-by-query'
  if (strongEtag(answer) === etag) return position
  throw new TransientError('the data changed while it was read')
}

function otherSize(said: string, size: number): ReceptionRefusal {
  return new ReceptionRefusal(
    'wrong-content',
    `A file has ${said} bytes at the provider, not the ${size} that were announced.`,
  )
}

function strongEtag({ headers: { etag } }: SourceAnswer): string | undefined {
  return etag?.startsWith('"') === true ? etag : undefined
}
