import type { Finding } from '../finding.ts'
import type { JobRow, ResultRow } from '../read-rows.ts'
import { isOver, type SeenObject, type Sight } from '../sight.ts'
import { left, wrongSizes } from './seen-objects.ts'

/** What the record and the object store say of results and leftovers, both ways. */
export function objects(sight: Sight): readonly Finding[] {
  const findings: Finding[] = []
  const { jobs, results, assets, unreadable } = sight.contents
  for (const [jobId, result] of results)
    if (result.removed_at === null) findings.push(...brokenResult(result, sight.objectsOfJobs.get(jobId) ?? []))
  for (const [jobId, list] of sight.objectsOfJobs) {
    const job = jobs.get(jobId)
    if (unreadable.has(`jobs ${jobId}`)) continue
    if (job === undefined) findings.push(left(`jobs/${jobId}/`, list.length, 'no such job is on record'))
    else findings.push(...leftovers(job, results.get(jobId), list))
  }
  const inUse = new Set(
    [...assets.values()].filter((asset) => asset.removed_at === null).map((asset) => asset.bundle_id),
  )
  for (const [bundleId, count] of sight.bundles)
    if (!inUse.has(bundleId) && !isOfOthers(bundleId, sight.installation))
      findings.push(left(`assets/${bundleId}/`, count, 'no asset has these files'))
  return findings
}

/** Whether its id says that it is another installation's, which may share the bucket: it begins with that one's id, and a dot. */
function isOfOthers(bundleId: string, installation: string): boolean {
  const [owner, rest] = bundleId.split('.')
  return rest !== undefined && owner !== installation
}

/** Presence and sizes; what the bytes are is the business of digests.ts. */
function brokenResult(
  { job_id: jobId, attempt, manifest }: ResultRow,
  seen: readonly SeenObject[],
): readonly Finding[] {
  const prefix = `jobs/${jobId}/attempts/${attempt}/`
  const broken = (message: string): Finding => ({
    rule: 'broken-result',
    about: jobId,
    message: `The result of the job ${jobId} is not whole: ${message}.`,
  })
  const findings: Finding[] = []
  if (manifest.jobId !== jobId || manifest.attempt !== attempt)
    findings.push(broken('its manifest is of another attempt'))
  if (!seen.some(({ key }) => key === `${prefix}manifest.json`))
    findings.push(broken('its manifest is not in the object store'))
  const wrong = wrongSizes(`${prefix}files/`, manifest.files, seen)
  return wrong === undefined ? findings : [...findings, broken(wrong)]
}

/** Logs stay, and so does what an attempt under way has written. Everything else must be a registered result. */
function leftovers(job: JobRow, result: ResultRow | undefined, seen: readonly SeenObject[]): readonly Finding[] {
  const byAttempt = new Map<string, number>()
  for (const { key } of seen) {
    const [, , , number = '', what = ''] = key.split('/')
    if (what === 'logs') continue
    const attempt = job.attempts.find((one) => String(one.number) === number)
    const isResult = result !== undefined && String(result.attempt) === number && result.removed_at === null
    const mayStillWrite = attempt !== undefined && !attempt.removed
    if (isResult || (mayStillWrite && !(isOver(job) && result !== undefined && result.removed_at !== null))) continue
    const prefix = `jobs/${job.id}/attempts/${number}/`
    byAttempt.set(prefix, (byAttempt.get(prefix) ?? 0) + 1)
  }
  return [...byAttempt].map(([prefix, count]) => left(prefix, count, 'this is no result that is kept'))
}
