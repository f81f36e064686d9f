import { crash } from '../../core/crash-point.ts'
import { ServiceError } from '../../core/errors.ts'
import { acceptedJob } from '../../core/job/job.ts'
import { requestedTransfer } from '../../core/transfer/transfer.ts'
import type { ProvisionMessage } from '../connectors/http-provisioner.ts'
import type { EngineParts } from './parts.ts'

/**
 * Takes a message of a connector: one durable write, then the caller may answer. Everything that asks the connector back
 * happens later. A message that came before, and every deprovision, is a hint to look at the transfer: without `type` the two
 * cannot be told apart, and what is true is read from the connector in any case.
 * @throws ServiceError `asset-unknown` where nothing is registered under the asset's id: no later step could mend that
 */
export async function accept(
  parts: EngineParts,
  connectorId: string,
  message: ProvisionMessage,
): Promise<{ readonly jobId: string | undefined }> {
  const { store, ids, clock } = parts
  if (message.type === 'deprovision') {
    const known = await store.transfersOfProcess(connectorId, message.processId)
    await look(parts, connectorId, message.processId)
    return { jobId: known.find(({ definitionId }) => definitionId === message.definitionId)?.jobId }
  }
  const now = clock.now()
  const transferId = ids.next()
  const jobId = ids.next()
  const { assetId, processId, definitionId } = message
  const transfer = requestedTransfer({ id: transferId, connectorId, processId, definitionId, assetId, jobId }, now)
  const job = acceptedJob(jobId, { kind: 'transfer', transferId, connectorId }, assetId, now)
  crash('accept-begun')
  const accepted = await store.acceptOffered(transfer, job, [
    { kind: 'job', key: jobId, dueAt: now },
    { kind: 'transfer', key: transferId, dueAt: now + parts.times.pollMs },
  ])
  if (accepted === undefined)
    throw new ServiceError('asset-unknown', `No compute asset ${JSON.stringify(message.assetId)} is offered here.`)
  crash('accept-kept')
  if (!accepted.created) await look(parts, connectorId, processId)
  else parts.logger.info('transfer accepted', { connectorId, transferId, jobId, assetId, processId })
  return { jobId: accepted.transfer.jobId }
}

/** Has every transfer of a connector's process looked at now: somebody says that it changed. */
export async function look(parts: EngineParts, connectorId: string, processId: string): Promise<void> {
  const dueAt = parts.clock.now()
  const transfers = await parts.store.transfersOfProcess(connectorId, processId)
  await parts.store.wake(
    transfers
      .filter((transfer) => transfer.state !== 'ended')
      .map((transfer) => ({ kind: 'transfer', key: transfer.id, dueAt })),
  )
}
