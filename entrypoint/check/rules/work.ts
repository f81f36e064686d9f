import type { Finding } from '../finding.ts'
import { isOver, limitsOfJob, type Sight } from '../sight.ts'

const minute = 60_000
/** When work that nobody has taken is overdue, in milliseconds. */
const overdueMs = 10 * minute
/** How long a job may take longer than its limits add up to: pauses between looks, and a service that was away for a moment. */
const slackMs = 30 * minute
/** How long the connector may leave a message unconfirmed, and a callback untaken. Milliseconds. */
const confirmMs = 24 * 60 * minute
const callbackMs = 72 * 60 * minute

/** Everything that is not over is looked at again, in time. */
export function forgottenWork(sight: Sight): readonly Finding[] {
  const { jobs, transfers, callbacks, results, receptions, work } = sight.contents
  const findings: Finding[] = []
  const need = (kind: string, key: string, what: string): void => {
    if (work.has(`${kind} ${key}`)) return
    findings.push({ rule: 'no-work', about: key, message: `${what}, and nothing is due for it (${kind}).` })
  }
  for (const job of jobs.values()) {
    if (!isOver(job)) need('job', job.id, `The job ${job.id} is ${job.state}`)
    else if (job.attempts.some(({ removed }) => !removed))
      need('job', job.id, `The job ${job.id} is ${job.state} and holds its slot`)
  }
  for (const transfer of transfers.values()) {
    if (transfer.state !== 'ended') need('transfer', transfer.id, `The transfer ${transfer.id} is ${transfer.state}`)
    const pushes = transfer.state === 'granted' || transfer.state === 'delivering'
    if (
      pushes &&
      transfer.flow?.type === 'push' &&
      transfer.flow.deliveredAt === undefined &&
      results.has(transfer.jobId)
    )
      need('deliver', transfer.id, `The result of the transfer ${transfer.id} waits to be pushed`)
  }
  for (const { id, transfer_id: transferId } of callbacks.values())
    need('callback', id, `The callback ${id} of the transfer ${transferId} waits to be sent`)
  for (const result of results.values()) {
    if (result.removed_at !== null) continue
    const transfer = result.transfer_id === null ? undefined : transfers.get(result.transfer_id)
    const what = `The result of the job ${result.job_id} is there`
    if (result.expires_at !== null) need('expire', result.job_id, `${what} and has a time of removal`)
    else if (transfer?.state === 'ended' && transfer.jobId === result.job_id)
      need('transfer', transfer.id, `${what}, its transfer has ended, and it has no time of removal`)
  }
  // One that is awaited, or suspended, waits for what its control plane says next, and for nothing of ours.
  for (const { id, flow, state, owed, removeAt } of receptions.values()) {
    if (state === 'verifying' || (state === 'fetching' && flow !== 'suspended'))
      need('reception', id, `The reception ${id} is ${state}`)
    else if (owed !== undefined)
      need('reception', id, `The control plane is to be told that the reception ${id} is ${owed}`)
    else if (removeAt !== undefined && state !== 'removed')
      need('reception', id, `The reception ${id} is ${state} and has a time of removal`)
  }
  return findings
}

/** What is due is taken, and jobs keep to their limits. */
export function lateWork(sight: Sight): readonly Finding[] {
  const { at } = sight
  const findings: Finding[] = []
  for (const { kind, key, due_at: dueAt, lease, lease_until: until } of sight.contents.work.values()) {
    if (dueAt > at - overdueMs || (lease !== null && (until ?? 0) > at - overdueMs)) continue
    const minutes = Math.floor((at - dueAt) / minute)
    findings.push({ rule: 'overdue', about: key, message: `The ${kind} ${key} is due for ${minutes} minutes.` })
  }
  for (const job of sight.contents.jobs.values()) {
    const limits = limitsOfJob(sight, job)
    const since = job.attempts.at(-1)?.startedAt ?? job.since
    const longest =
      job.state === 'accepted'
        ? confirmMs
        : limits === undefined || job.state === 'queued' || isOver(job)
          ? Infinity
          : 3 * limits.startTimeout + limits.timeout + sight.uploadTimeoutMs + slackMs
    if (at - since <= longest) continue
    const hours = Math.floor((at - since) / (60 * minute))
    findings.push({
      rule: 'past-deadline',
      about: job.id,
      message: `The job ${job.id} is ${job.state} for ${hours} hours.`,
    })
  }
  for (const { id, transfer_id: transferId, created_at: createdAt } of sight.contents.callbacks.values()) {
    if (at - createdAt <= callbackMs) continue
    const message = `The callback ${id} of the transfer ${transferId} is not delivered after ${Math.floor((at - createdAt) / (60 * minute))} hours.`
    findings.push({ rule: 'callback-late', about: id, message })
  }
  return findings
}
