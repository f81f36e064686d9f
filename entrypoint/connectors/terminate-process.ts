import type { Delivery } from '../../core/ports/connector.ts'
import { isUnknown, type ManagementApi, unexpected } from './management-api.ts'

/** Pause after a callback was taken, before its effect is looked at, and while our answer was not processed yet. Milliseconds. */
export const settleMs = 300
/** Pause after the connector said that the process is leased right now. Milliseconds. */
export const leasedMs = 1_500

/** Ends a transfer process through the Management API, unless it is over already. */
export async function terminateProcess(
  api: Pick<ManagementApi, 'transferProcess' | 'terminate'>,
  processId: string,
  reason: string,
): Promise<Delivery> {
  const process = await api.transferProcess(processId)
  if (process === undefined) return { outcome: 'unknown' }
  if (process.state === 'terminated' || process.state === 'completed') return { outcome: 'over' }
  if (process.state === 'preparing') return { outcome: 'later', afterMs: settleMs }
  const answer = await api.terminate(processId, reason)
  if (answer.status >= 200 && answer.status < 300) return { outcome: 'delivered' }
  if (isUnknown(answer)) return { outcome: 'unknown' }
  if (answer.status === 409) return { outcome: 'later', afterMs: leasedMs }
  throw unexpected(`POST …/transferprocesses/${processId}/terminate`, answer)
}
