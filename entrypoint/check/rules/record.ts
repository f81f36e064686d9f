import type { Finding } from '../finding.ts'
import type { JobRow } from '../read-rows.ts'
import { isOver, limitsOfJob, type Sight } from '../sight.ts'

/** What the record says fits together: rows and their columns, jobs and transfers, callbacks and their causes. */
export function consistentRecord(sight: Sight): readonly Finding[] {
  return [...jobRows(sight), ...transferRows(sight), ...callbackRows(sight)]
}

function contradiction(about: string, message: string): Finding {
  return { rule: 'contradicting-row', about, message }
}

function jobRows({ contents: { jobs, transfers, results } }: Sight): readonly Finding[] {
  const findings: Finding[] = []
  for (const [key, job] of jobs) {
    const held = job.attempts.some(({ removed }) => !removed)
    if (job.id !== key || job.state !== job.columns.state || job.assetId !== job.columns.asset_id)
      findings.push(contradiction(key, `The columns of the job ${key} say something else than its body.`))
    if (held !== job.columns.holds_slot)
      findings.push(
        contradiction(
          key,
          `The job ${key} ${held ? 'holds a slot that is not counted' : 'is counted for a slot that it does not hold'}.`,
        ),
      )
    if (job.attempts.some(({ number }, index) => number !== index + 1) || job.attempts.length > job.attempt)
      findings.push(contradiction(key, `The attempts of the job ${key} are not numbered one after the other.`))
    const active = job.state === 'starting' || job.state === 'running' || job.state === 'storing'
    if (active && job.attempts.length !== job.attempt)
      findings.push(contradiction(key, `The job ${key} is ${job.state} without the attempt ${job.attempt}.`))
    const { transferId } = job.origin
    if (job.origin.kind === 'transfer' && !transfers.has(transferId ?? ''))
      findings.push(contradiction(key, `The transfer of the job ${key} is not on record.`))
    if (job.state === 'succeeded' && !results.has(key))
      findings.push({
        rule: 'success-without-result',
        about: key,
        message: `The job ${key} succeeded and has no result.`,
      })
  }
  for (const [jobId, { attempt }] of results) {
    const job = jobs.get(jobId)
    if (job?.state === 'succeeded' && job.attempt === attempt) continue
    const what = job === undefined ? 'no such job is on record' : `the job is ${job.state} in attempt ${job.attempt}`
    findings.push({
      rule: 'result-without-success',
      about: jobId,
      message: `There is a result of attempt ${attempt} of the job ${jobId}, and ${what}.`,
    })
  }
  return findings
}

function transferRows({ contents: { jobs, transfers } }: Sight): readonly Finding[] {
  const findings: Finding[] = []
  for (const [key, transfer] of transfers) {
    const { connectorId, processId, columns } = transfer
    if (transfer.id !== key || connectorId !== columns.connector_id || processId !== columns.process_id)
      findings.push(contradiction(key, `The columns of the transfer ${key} say something else than its body.`))
    const job = jobs.get(transfer.jobId)
    if (job === undefined)
      findings.push(contradiction(key, `The job ${transfer.jobId} of the transfer ${key} is not on record.`))
    else if (transfer.state === 'ended' && !isOver(job)) {
      const message = `The transfer ${key} has ended, and its job ${job.id} is ${job.state}.`
      findings.push({ rule: 'live-after-end', about: job.id, message })
    }
  }
  return findings
}

function callbackRows({ contents: { callbacks, transfers, jobs } }: Sight): readonly Finding[] {
  const findings: Finding[] = []
  const seen = new Set<string>()
  const reported = new Set([...jobs.values()].filter(isReported).map((job) => job.origin.transferId ?? ''))
  for (const { id, transfer_id: transferId, message } of callbacks.values()) {
    const transfer = transfers.get(transferId)
    if (transfer === undefined) {
      findings.push(contradiction(id, `The transfer ${transferId} of the callback ${id} is not on record.`))
      continue
    }
    const name = `${transferId} ${message.kind}`
    if (seen.has(name))
      findings.push({
        rule: 'callback-twice',
        about: transferId,
        message: `Two callbacks of the transfer ${transferId} say the same (${message.kind}).`,
      })
    seen.add(name)
    const ended = reported.has(transferId)
    if (tellsOfResult.has(message.kind) && !ended)
      findings.push({
        rule: 'callback-without-cause',
        about: id,
        message: `The connector is to be told of a result of the transfer ${transferId}, and no job of it has come to an end.`,
      })
  }
  return findings
}

const tellsOfResult: ReadonlySet<string> = new Set(['provisioned', 'started', 'completed'])

/** Whether a job has something that a connector can be told of: a result, or a failure that its asset has reported. */
function isReported({ state }: JobRow): boolean {
  return state === 'succeeded' || state === 'failed'
}

/** Slots and agreements, counted from what each row says of itself. */
export function countedLimits(sight: Sight): readonly Finding[] {
  const findings: Finding[] = []
  const slots = new Map<string, { count: number; limit: number }>()
  const agreements = new Map<string, { count: number; limit: number }>()
  const count = (into: typeof slots, key: string, limit: number): void => {
    const entry = into.get(key)
    // Versions may differ in their limits, and each counts all: the largest one holds for sure.
    into.set(key, { count: (entry?.count ?? 0) + 1, limit: Math.max(entry?.limit ?? 0, limit) })
  }
  for (const job of sight.contents.jobs.values()) {
    const limits = limitsOfJob(sight, job)
    if (limits === undefined) continue
    if (job.attempts.some(({ removed }) => !removed)) count(slots, job.assetId, limits.concurrentJobs)
    if (job.origin.retryOf === undefined && job.terms !== undefined)
      count(agreements, `${job.terms.agreementId} for ${job.assetId}`, limits.jobsPerAgreement)
  }
  for (const [asset, { count: jobs, limit }] of slots)
    if (jobs > limit)
      findings.push({
        rule: 'too-many',
        about: asset,
        message: `${jobs} jobs of the asset ${asset} hold a slot, of at most ${limit}.`,
      })
  for (const [agreement, { count: jobs, limit }] of agreements)
    if (jobs > limit)
      findings.push({
        rule: 'too-many',
        about: agreement,
        message: `${jobs} jobs ran under the agreement ${agreement}, of at most ${limit}.`,
      })
  return findings
}
