import { crash } from '../../core/crash-point.ts'
import { acceptedJob } from '../../core/job/job.ts'
import type { Flow } from '../../core/transfer/flow.ts'
import { requestedTransfer, type Transfer } from '../../core/transfer/transfer.ts'
import type { EngineParts } from './parts.ts'

/** A flow has one message that begins it, so there is nothing to tell apart by: two of one process at the same moment are one. */
const definitionId = 'data-flow'

/** A data flow that a control plane wants started. Everything that could be judged at once was. */
export interface NewFlow {
  readonly connectorId: string
  /** It is the flow's id, too. */
  readonly processId: string
  readonly assetId: string
  readonly flow: Flow
}

/**
 * The data flow of a connector's process.
 * @returns `undefined` where there is none
 */
export async function flowOfProcess(
  { store }: Pick<EngineParts, 'store'>,
  connectorId: string,
  processId: string,
): Promise<Transfer | undefined> {
  const transfers = await store.transfersOfProcess(connectorId, processId)
  return transfers.find(({ flow }) => flow !== undefined)
}

/**
 * Takes a data flow: one durable write, then the caller may answer. Everything that asks the connector back happens later.
 * @returns the transfer, and whether it came into being by this call; a flow of this process that is there already stays as it is
 */
export async function acceptFlow(
  parts: EngineParts,
  { connectorId, processId, assetId, flow }: NewFlow,
): Promise<{ readonly transfer: Transfer; readonly created: boolean }> {
  const { store, ids, clock, times } = parts
  const now = clock.now()
  const transferId = ids.next()
  const jobId = ids.next()
  const transfer = requestedTransfer(
    { id: transferId, connectorId, processId, definitionId, assetId, jobId, flow },
    now,
  )
  const job = acceptedJob(jobId, { kind: 'transfer', transferId, connectorId }, assetId, now)
  crash('flow-begun')
  const accepted = await store.accept(transfer, job, [
    { kind: 'job', key: jobId, dueAt: now },
    { kind: 'transfer', key: transferId, dueAt: now + times.idlePollMs },
  ])
  crash('flow-kept')
  if (accepted.created) {
    const mode = { type: flow.type, start: flow.start }
    parts.logger.info('data flow accepted', { connectorId, transferId, jobId, assetId, processId, ...mode })
  }
  return accepted
}
