import { randomUUID } from 'node:crypto'
import type { Pair, Transfer } from '../../dps/stand-in/pair.ts'
import { eventually } from '../../support/eventually.ts'
import { receptionOf, type ShownReception } from './shown-receptions.ts'
import type { TrialService } from './trial-service.ts'

/** How long it may take until all has come to its end. Milliseconds. */
const quietMs = 240_000

/** A service that receives, and what was asked for. */
export interface ReceptionScene {
  readonly service: TrialService
  readonly pair: Pair
  /** Where the consumer’s control plane reaches the service. */
  readonly base: string
  readonly transfers: Transfer[]
}

/**
 * Waits until every reception has come to its end; that a transfer was ended is told again where the service was away.
 * @param undisturbed transfers whose results must have been received
 * @returns what did not come to pass, in words
 */
export async function settleReceptions(
  scene: ReceptionScene,
  undisturbed: readonly Transfer[],
): Promise<readonly string[]> {
  const violations: string[] = []
  for (const transfer of scene.transfers)
    try {
      await eventually(`the reception of ${transfer.consumerId} to end`, () => ended(scene, transfer), {
        deadlineMs: quietMs,
        pauseMs: 100,
      })
    } catch (error) {
      violations.push(error instanceof Error ? error.message : String(error))
    }
  for (const { consumerId } of undisturbed) {
    const { state, failure } = (await receptionOf(scene.service, consumerId)) ?? {}
    if (state !== 'received') violations.push(`the reception of ${consumerId} is ${state}: ${failure?.message}`)
  }
  return violations
}

async function ended(
  { service, pair, base }: ReceptionScene,
  transfer: Transfer,
): Promise<{ readonly done: true } | { readonly pending: string }> {
  const { consumerId } = transfer
  const ours = transfer.atConsumer()?.state
  const reception = await receptionOf(service, consumerId)
  // What a provider says of its end is lost while the consumer's process is leased, and what is said to a service that is away is.
  const isGone = transfer.atProvider()?.state === 'TERMINATED' && ours !== 'TERMINATED' && ours !== 'COMPLETED'
  if (isGone) pair.consumer.terminate(consumerId, 'the provider is gone')
  if (ours === 'TERMINATED' && reception !== undefined && !isOver(reception)) await terminate(base, consumerId)
  const unheard = reception === undefined && ours === 'TERMINATED'
  if (unheard || (reception !== undefined && isOver(reception) && isAtRest(reception))) return { done: true }
  const { flow, state, failure } = reception ?? {}
  return {
    pending: `it is ${flow} ${state} ${failure?.message ?? ''}, its process ${pair.consumer.ledger.states(consumerId).join(' ')}`,
  }
}

function isOver({ flow }: ShownReception): boolean {
  return flow === 'completed' || flow === 'terminated'
}

function isAtRest({ state, removeAt }: ShownReception): boolean {
  return state === 'removed' || (state === 'received' && removeAt === null)
}

async function terminate(base: string, processId: string): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ messageId: randomUUID() })
  const answer = await fetch(`${base}/${processId}/terminate`, { method: 'POST', body, headers })
  await answer.text()
}
