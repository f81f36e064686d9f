import type { Settings } from '../../config/settings.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Logger } from '../../core/ports/logger.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Push, PushOutcome } from '../engine/parts.ts'
import { destinationRules } from './address-rules.ts'
import { type PushParts, pushResult } from './push-result.ts'
import { Turns } from './turns.ts'

/** What pushes results for the engine. */
export interface ResultPusher {
  /**
   * Pushes one result; the engine calls it again until it is refused or delivered.
   * @throws PushFailed where the engine's own back-off is as good as any; the signal's reason where it was aborted
   */
  readonly push: (push: Push) => Promise<PushOutcome>
  /** Ends all pushes under way, so that the process can end; they are done by whoever runs next. */
  readonly stop: () => void
}

/** How pushes go, beyond what `pushResult` needs. */
export interface PusherOptions extends PushParts {
  readonly clock: Clock
  /** For how long a result is tried to be delivered, from the moment in which its delivery began. Milliseconds. */
  readonly patienceMs: number
  /** How many results are pushed at once; of one consumer half of that, so that one who is slow keeps nobody else waiting. */
  readonly atOnce: number
}

/** A delivery that came to nothing this time. Its message is for the consumer as well: it holds no secret. */
export class PushFailed extends Error {
  override readonly name = 'PushFailed'
}

/** When a push that had to wait for others looks again. Milliseconds. */
const turnMs = 2_000
/** A try that took longer than this is not repeated at once: it sent much, in vain. Milliseconds. */
const longTryMs = 60_000
/** Time for a try at least, also where the service itself was away for longer than a delivery may take. Milliseconds. */
const leastMs = 60_000
/** Longest rest after such a try. Milliseconds. */
const longestRestMs = 900_000

/** What pushes results by the settings. */
export function pusherFrom(
  settings: Settings,
  parts: { readonly objects: ObjectStore; readonly clock: Clock; readonly logger: Logger },
): ResultPusher {
  return resultPusher({
    ...parts,
    rules: destinationRules(settings),
    patienceMs: settings.DSC_PUSH_TIMEOUT,
    atOnce: settings.DSC_PUSH_CONCURRENCY,
  })
}

/** Pushes results with bounds on time and number. */
export function resultPusher(options: PusherOptions): ResultPusher {
  const { clock, patienceMs, atOnce } = options
  const ending = new AbortController()
  const turns = new Turns(atOnce, Math.max(1, Math.floor(atOnce / 2)))
  return {
    async push({ transfer, result, destination, signal }) {
      if (ending.signal.aborted) return { outcome: 'later', afterMs: turnMs }
      const turn = turns.take(transfer.flow?.consumerId ?? transfer.connectorId)
      if (turn === undefined) return { outcome: 'later', afterMs: turnMs }
      const begun = clock.now()
      const late = new AbortController()
      const timer = setTimeout(
        () => late.abort(new Error('too late')),
        Math.max(leastMs, transfer.since + patienceMs - begun),
      )
      try {
        const done = await pushResult(options, {
          result,
          destination,
          signal: AbortSignal.any([signal, ending.signal, late.signal]),
        })
        if (done.outcome !== 'later') return done
        const took = clock.now() - begun
        const restMs = Math.max(done.afterMs ?? 0, took > longTryMs ? Math.min(took, longestRestMs) : 0)
        if (clock.now() + restMs >= transfer.since + patienceMs) return tooLate(patienceMs, done.reason)
        if (restMs === 0) throw new PushFailed(done.reason)
        return { outcome: 'later', afterMs: restMs }
      } catch (error) {
        signal.throwIfAborted()
        if (ending.signal.aborted) return { outcome: 'later', afterMs: turnMs }
        if (late.signal.aborted) return tooLate(patienceMs, 'The last try took too long.')
        throw error
      } finally {
        clearTimeout(timer)
        turn.done()
      }
    },
    stop: () => ending.abort(new Error('the service ends')),
  }
}

function tooLate(patienceMs: number, reason: string): PushOutcome {
  const hours = Math.round(patienceMs / 360_000) / 10
  const during = hours >= 1 ? `${hours} hours` : `${Math.round(patienceMs / 1000)} seconds`
  return { outcome: 'refused', reason: `The destination did not take the result within ${during}. ${reason}` }
}
