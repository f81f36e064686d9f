import { backoff } from '../../core/backoff.ts'
import type { OwedNews, Reception } from '../../core/reception/reception.ts'
import type { FlowStatus } from '../../dps/data-plane.ts'
import { offeredAddress } from './destination.ts'
import type { ReceivingParts } from './parts.ts'

/** What came of it; times in milliseconds. */
export type TellOutcome =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'later' | 'unclear'; readonly afterMs: number }
  | { readonly outcome: 'refused'; readonly reason: string }

/** Shortest pause before another try: a control plane that is not ready for it now seldom is within the next moments. Milliseconds. */
const pauseMs = 2_000
/** How long it is tried: the transfer is completed by somebody else then, or never. Milliseconds. */
const patienceMs = 7 * 86_400_000

/**
 * Tells our control plane what it is owed.
 * @param sending called right before anything is sent
 * @throws where a destination is owed that the object store does not give right now
 */
export async function tellControlPlane(
  parts: ReceivingParts,
  reception: Reception,
  failures: number,
  sending: () => Promise<void>,
): Promise<TellOutcome> {
  const { controlPlane, clock } = parts
  const { connectorId, processId, owed, owedUnclear, since } = reception
  if (owed === undefined) return { outcome: 'delivered' }
  const plane = controlPlane(connectorId)
  if (plane === undefined)
    return { outcome: 'refused', reason: `the connector ${connectorId} is not configured any more` }
  const news = await newsOf(parts, reception, owed)
  await sending()
  const told = await plane.tell(owed, processId, news)
  // After a try of which nobody knows what came: it had its effect.
  const before = owedUnclear === true && 'status' in told && told.status === answersToSecond[owed]
  if (told.outcome === 'taken' || before) return { outcome: 'delivered' }
  if (told.outcome === 'refused') return { outcome: 'refused', reason: told.reason }
  if (clock.now() - since > patienceMs) return { outcome: 'refused', reason: `not taken for a week: ${told.reason}` }
  return { outcome: told.outcome, afterMs: Math.max(pauseMs, backoff(failures + 1, 1)) }
}

/**
 * How news is answered that was taken before. EDC 0.18.0 breaks over a second `prepared` (409 only means that somebody else is at the process),
 * and says of a second `completed` that it is impossible now; `errored` it takes as often as it comes, others may end the process by it.
 */
const answersToSecond: Readonly<Record<OwedNews, number>> = {
  prepared: 500,
  completed: 409,
  errored: 409,
}

async function newsOf(parts: ReceivingParts, reception: Reception, owed: OwedNews): Promise<FlowStatus> {
  const { processId: flowId, failure } = reception
  switch (owed) {
    case 'prepared': {
      const dataAddress = await offeredAddress(parts, reception)
      return { flowId, state: 'PREPARED', ...(dataAddress === undefined ? {} : { dataAddress }) }
    }
    case 'completed':
      return { flowId, state: 'COMPLETED' }
    case 'errored': {
      const error = failure === undefined ? 'The data could not be received.' : `${failure.cause}: ${failure.message}`
      return { flowId, state: 'STARTED', error }
    }
  }
}
