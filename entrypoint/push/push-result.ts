import type { Result } from '../../core/job/job.ts'
import type { Logger } from '../../core/ports/logger.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { DataAddress } from '../../dps/data-plane.ts'
import type { Resolver } from '../../sidecar/fetch/address.ts'
import { type RetryRules, TransientError } from '../../sidecar/retry.ts'
import type { DestinationRules } from './address-rules.ts'
import type { Destination } from './destination.ts'
import { connectTo } from './peer.ts'
import { pushToHttp } from './push-to-http.ts'
import { pushToS3 } from './push-to-s3.ts'
import { reach } from './reach.ts'
import { readDestination, refusalOf } from './read-destination.ts'
import { type PushTimes, pushTimes } from './send-body.ts'
import { DestinationRefusal, ResultUnreadable } from './trouble.ts'

/** What pushing works with. */
export interface PushParts {
  /** Where results lie. */
  readonly objects: ObjectStore
  /** What the operator allows as destinations; `destinationRules` makes it of the settings. */
  readonly rules: DestinationRules
  readonly logger: Logger
  /** @default pushTimes */
  readonly times?: PushTimes
  /** How long one request is tried again within a push. @default half a minute, five tries */
  readonly retries?: RetryRules
  /** How names are resolved. @default by the system */
  readonly resolver?: Resolver
}

/** What is to be pushed, and where to. */
export interface PushRequest {
  /** What the consumer named as destination, in its own words. */
  readonly destination: DataAddress
  readonly result: Pick<Result, 'jobId' | 'attempt' | 'manifest' | 'registeredAt'>
  /** Ends the push, whatever it is doing. */
  readonly signal: AbortSignal
}

/** What came of a push. Every `reason` is for the consumer to read, and holds no secret. */
export type PushOutcome =
  /** All of the result is there: so many files with so many bytes. */
  | { readonly outcome: 'delivered'; readonly bytes: number; readonly files: number }
  /** The destination does not take it, and would not later. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** It may go well later: not before `afterMs` milliseconds, where the destination asked for that. */
  | { readonly outcome: 'later'; readonly afterMs?: number; readonly reason: string }

/** A blip must not cost all that was sent; whatever takes longer is the caller's to wait for. */
const shortRetries: RetryRules = { patienceMs: 30_000, longestPauseMs: 8_000, tries: 5 }

/**
 * Delivers a result to a consumer's destination. It may be called again at any time, after a crash as well, and repeats the same bytes
 * under the same names; the manifest comes last, so where it is, everything is. Memory does not grow with the size of the files. It may
 * take as long as the result is large and the destination slow.
 * @throws the signal's reason where it was aborted; else only what nobody expected
 */
export async function pushResult(parts: PushParts, request: PushRequest): Promise<PushOutcome> {
  const { result, signal } = request
  const destination = readDestination(request.destination, parts.rules)
  if (Array.isArray(destination)) return { outcome: 'refused', reason: refusalOf(destination) }
  try {
    await push(parts, destination, request)
    const { files, totalBytes } = result.manifest
    return { outcome: 'delivered', bytes: totalBytes, files: files.length }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof DestinationRefusal) return { outcome: 'refused', reason: sentence(error.message) }
    if (error instanceof ResultUnreadable) {
      const { jobId, attempt } = result
      parts.logger.error('a result cannot be read to be pushed', { jobId, attempt, error })
      return { outcome: 'later', reason: 'The provider cannot read the result at the moment.' }
    }
    if (!(error instanceof TransientError)) throw error
    const { retryAfterMs } = error
    return {
      outcome: 'later',
      ...(retryAfterMs > 0 ? { afterMs: retryAfterMs } : {}),
      reason: sentence(error.message),
    }
  }
}

async function push(
  { objects, rules, times = pushTimes, retries = shortRetries, resolver }: PushParts,
  destination: Destination,
  { result, signal }: PushRequest,
): Promise<void> {
  const url = destination.kind === 'http' ? destination.url : destination.endpoint
  const addresses = await reach(url, rules, times.connectMs, signal, resolver)
  const peer = connectTo(url, addresses, times)
  const task = { objects, result, peer, retries, signal }
  try {
    await (destination.kind === 'http' ? pushToHttp(task, destination) : pushToS3(task, destination))
  } finally {
    peer.close()
  }
}

function sentence(text: string): string {
  return `The result was not delivered: ${text}.`
}
