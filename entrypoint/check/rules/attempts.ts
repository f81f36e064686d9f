import type { Finding } from '../finding.ts'
import { isOver, type Sight } from '../sight.ts'

/** How long what is left of a job that is over may take to go, in milliseconds: the longest grace of a pod and a node that is slow. */
const removalMs = 15 * 60_000

/** What the record and the backend say of attempts, both ways. */
export function attempts(sight: Sight): readonly Finding[] {
  return [...onBackend(sight), ...onRecord(sight)]
}

function onBackend({ found, installation, contents: { jobs } }: Sight): readonly Finding[] {
  const findings: Finding[] = []
  const ofJob = new Map<string, number>()
  for (const one of found) {
    const job = jobs.get(one.jobId)
    const ours = one.installation === installation || (one.installation === undefined && job !== undefined)
    if (!ours) continue
    const name = `attempt ${one.attempt} of the job ${one.jobId}`
    const kept = job?.attempts.find(({ number }) => number === one.attempt)
    if (kept === undefined || kept.removed) {
      const why =
        job === undefined
          ? 'no such job is on record'
          : kept === undefined
            ? 'it is not on record'
            : 'it counts as removed'
      const message = `On the backend there is ${name}, and ${why}.`
      findings.push({ rule: 'stray-attempt', about: `${one.jobId} ${one.attempt}`, message })
    }
    ofJob.set(one.jobId, (ofJob.get(one.jobId) ?? 0) + 1)
  }
  for (const [jobId, count] of ofJob)
    if (count > 1)
      findings.push({
        rule: 'two-attempts',
        about: jobId,
        message: `${count} attempts of the job ${jobId} exist on the backend.`,
      })
  return findings
}

function onRecord({ at, found, contents: { jobs } }: Sight): readonly Finding[] {
  const findings: Finding[] = []
  const existing = new Set(found.map(({ jobId, attempt }) => `${jobId} ${attempt}`))
  for (const job of jobs.values()) {
    for (const { number, launched, removed } of job.attempts) {
      if (removed) continue
      const about = `${job.id} ${number}`
      const name = `attempt ${number} of the job ${job.id}`
      if (launched && !isOver(job) && number === job.attempt && !existing.has(about))
        findings.push({
          rule: 'lost-attempt',
          about,
          message: `The ${name} was launched, and nothing of it is on the backend.`,
        })
      if (isOver(job) && at - job.since > removalMs) {
        const minutes = Math.floor((at - job.since) / 60_000)
        findings.push({
          rule: 'held-slot',
          about,
          message: `The ${name} holds its slot ${minutes} minutes after the job’s end.`,
        })
      }
    }
  }
  return findings
}
