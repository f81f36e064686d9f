import type { FlowMessage, FlowState } from '../data-plane.ts'
import { isOver } from './transition.ts'

/** What is known of a flow that a message names. */
export interface KnownFlow {
  readonly state: FlowState
  /** The message that began it. */
  readonly message: Pick<FlowMessage, 'messageId' | 'agreementId' | 'datasetId' | 'profile'>
}

/**
 * What a prepare or start is: the first of its process; one that came before, so that the answer is where the flow is now; or at odds
 * with what is known, so that the answer is 409.
 */
export type Repeat = 'new' | 'repeated' | 'conflict'

/**
 * Tells a repeated message from a new one. EDC sends a start again with the same messageId when it lost the answer, and with a new one when
 * it was restarted before it had stored the answer: both are the same start. A flow that is over is never begun again, and no
 * repetition changes what a flow is about.
 *
 * While a callback is owed (STARTING, PREPARING), the repetition must be answered with that state, or the callback, when it comes,
 * meets a process that has already started.
 * @param known undefined where there is no flow of this processId
 * @param strict a start with a new messageId is a conflict, as the specification says to the letter. EDC then ends the transfer
 * whenever it is restarted at the wrong moment.
 */
export function repeatOf(
  kind: 'prepare' | 'start',
  message: FlowMessage,
  known: KnownFlow | undefined,
  strict = false,
): Repeat {
  if (known === undefined) return 'new'
  const before = known.message
  const same =
    before.agreementId === message.agreementId &&
    before.datasetId === message.datasetId &&
    before.profile === message.profile
  if (!same || isOver(known.state)) return 'conflict'
  if (before.messageId === message.messageId) return 'repeated'
  if (kind === 'start' && known.state === 'PREPARED') return 'new'
  return strict ? 'conflict' : 'repeated'
}
