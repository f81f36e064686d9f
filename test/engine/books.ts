import type { Job } from '../../core/job/job.ts'
import { verifyLog } from '../../entrypoint/audit/verify-log.ts'
import type { World } from './world.ts'

/**
 * What audit log and usage must say when nothing is left to do, whatever was killed and failed on the way: the chain holds, each end of a
 * job and of a transfer, each result and each removal is told once, and each attempt and each job that ended is counted once.
 * @returns everything that is wrong
 */
export async function brokenBooks(world: World, jobs: readonly Job[]): Promise<readonly string[]> {
  const { problem } = await verifyLog(world.store, new Map())
  const wrong = problem === undefined ? [] : [`the audit log is broken: ${problem.message}`]
  const page = await world.store.auditEntries({ order: 'oldest-first', limit: 100_000 })
  const told = new Map<string, number>()
  for (const { entry } of page) {
    const key = `${entry.action} ${entry.object.id}`
    told.set(key, (told.get(key) ?? 0) + 1)
  }
  const records = await world.store.usageRecords({}, { limit: 100_000 })
  for (const job of jobs) {
    const once = [`job.${job.state} ${job.id}`]
    if (job.state === 'succeeded') once.push(`result.registered ${job.id}`, `result.removed ${job.id}`)
    const transfer = await world.transferOf(job)
    if (transfer?.state === 'ended') once.push(`transfer.accepted ${transfer.id}`, `transfer.ended ${transfer.id}`)
    for (const key of once) if (told.get(key) !== 1) wrong.push(`${key} is told ${told.get(key) ?? 0} times`)
    const own = records.filter(({ jobId }) => jobId === job.id)
    const ends = own.filter(({ kind }) => kind === 'job').length
    if (ends !== 1) wrong.push(`the end of ${job.id} is counted ${ends} times`)
    const attempts = own.flatMap(({ kind, number }) => (kind === 'attempt' ? [number] : []))
    if (attempts.join() !== job.attempts.map(({ number }) => number).join())
      wrong.push(`of ${job.id} the attempts ${attempts.join()} are counted, and it had ${job.attempts.length}`)
  }
  return wrong
}
