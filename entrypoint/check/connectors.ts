import type { Connector } from '../../core/ports/connector.ts'
import { inParallel } from '../../sidecar/parallel.ts'
import type { Finding } from './finding.ts'
import type { TransferRow } from './read-rows.ts'
import { isOver, type Sight } from './sight.ts'

/** Transfers that ended longer ago are not asked for: connectors forget them. Milliseconds. */
const recentMs = 24 * 3_600_000
/** Questions to connectors at a time. */
const atOnce = 8

/** What connectors and the record say of transfers, for those that are open or ended today. */
export async function checkTransfers(
  connectors: ReadonlyMap<string, Pick<Connector, 'transferProcess'>>,
  sight: Sight,
): Promise<{ readonly findings: readonly Finding[]; readonly asked: number }> {
  const findings: Finding[] = []
  let asked = 0
  const telling = new Set([...sight.contents.callbacks.values()].map(({ transfer_id: transferId }) => transferId))
  const ask = async (transfer: TransferRow): Promise<void> => {
    if (transfer.state === 'ended' && transfer.since < sight.at - recentMs) return
    const connector = connectors.get(transfer.connectorId)
    if (connector === undefined) return
    const process = await connector.transferProcess(transfer.processId)
    asked += 1
    if (process === undefined || telling.has(transfer.id)) return
    const waits = process.state === 'awaiting' || process.state === 'preparing'
    const name = `The process ${transfer.processId} of the transfer ${transfer.id} is ${process.stateName}`
    if (waits && isDecided(sight, transfer))
      findings.push({
        rule: 'connector-waits',
        about: transfer.id,
        message: `${name}, and it is not going to be told anything.`,
      })
    if ((process.state === 'provisioned' || process.state === 'started') && transfer.state === 'requested')
      findings.push({ rule: 'connector-ahead', about: transfer.id, message: `${name}, and we told it no address.` })
  }
  await inParallel(sight.contents.transfers.values(), atOnce, new AbortController().signal, ask)
  return { findings, asked }
}

/** Whether all is decided of a transfer. One whose message was false is not: its process is somebody else's. */
function isDecided({ contents: { jobs } }: Sight, transfer: TransferRow): boolean {
  const job = jobs.get(transfer.jobId)
  if (job === undefined || !isOver(job)) return false
  return job.terms !== undefined || (job.state === 'failed' && job.failure?.cause !== 'refused')
}
