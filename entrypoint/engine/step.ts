import type { WorkItem } from '../../core/ports/store.ts'
import type { EngineParts } from './parts.ts'
import { stepCallback } from './step-callback.ts'
import { stepDeliver } from './step-deliver.ts'
import { stepExpiry } from './step-expiry.ts'
import { stepJob } from './step-job.ts'
import { stepTransfer } from './step-transfer.ts'

/**
 * Takes the next step of an item of work. What it changes is changed in the name of the claim.
 * @returns when to look again (milliseconds since 1970), or `undefined` where nothing is left to do
 */
export function step(engine: EngineParts, item: WorkItem): Promise<number | undefined> {
  const parts: EngineParts = { ...engine, holder: item }
  switch (item.kind) {
    case 'job':
      return stepJob(parts, item.key, item.failures)
    case 'transfer':
      return stepTransfer(parts, item.key)
    case 'callback':
      return stepCallback(parts, item.key)
    case 'expire':
      return stepExpiry(parts, item.key)
    case 'deliver':
      return stepDeliver(parts, item.key)
    case 'reception':
      if (parts.receive === undefined) throw new Error('nothing is received here')
      return parts.receive(item)
  }
}
