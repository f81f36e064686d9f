import { crash } from '../../core/crash-point.ts'
import { isFinal, type Job, withAttempt } from '../../core/job/job.ts'
import { attemptName } from '../../core/job/names.ts'
import type { FoundAttempt } from '../../core/ports/backend.ts'
import type { Versioned } from '../../core/ports/store.ts'
import { commit, Stale } from './apply.ts'
import type { EngineParts } from './parts.ts'

/**
 * How old an attempt on the backend must be to count as nobody's, in milliseconds. An attempt is on record before anything of it
 * exists, so there is no race to wait out; the ten minutes are for clocks that differ and for an operator who looks.
 */
export const safeAgeMs = 600_000

/**
 * Removes from the backend what no job owns. Such attempts come into being where a launch was given up as failed and the backend
 * carried it out all the same, or where a database was restored that does not know them. What belongs to another installation that
 * shares the place stays: only an attempt of a job of ours, or one that says that it is ours, is touched.
 * @returns how many it began to remove
 */
export async function sweepOrphans(parts: EngineParts): Promise<number> {
  const oldest = parts.clock.now() - safeAgeMs
  let removed = 0
  const unreadable = (error: unknown): void => parts.logger.warn('a part of the cluster cannot be swept', { error })
  for (const found of await parts.backend.list(unreadable)) {
    if (found.since > oldest) continue
    // Read after the list: whatever the list shows was on record before it came into being.
    const job = await parts.store.job(found.jobId)
    if (!isOrphan(parts, found, job)) continue
    try {
      // It may just have gone its own way.
      if ((await parts.backend.observe(found)).presence !== 'present') continue
      crash('orphan-found')
      await removeOrphan(parts, found, job)
      crash('orphan-removed')
      removed += 1
    } catch (error) {
      // It does not keep the others back; the next round finds it again.
      if (!(error instanceof Stale)) parts.logger.warn('an orphan was not removed', { ...about(found), error })
    }
  }
  return removed
}

function isOrphan(
  parts: EngineParts,
  { attempt, installation }: FoundAttempt,
  job: Versioned<Job> | undefined,
): boolean {
  if (installation !== undefined && installation !== parts.installation) return false
  if (job === undefined) return installation === parts.installation
  return job.value.attempts.find(({ number }) => number === attempt)?.removed !== false
}

/**
 * An attempt of a job that is over, or waits for its next one, is put on record again: then it goes the way of every attempt, with its
 * logs kept, its files removed and its slot taken until it is gone. Any other one is removed as it is.
 */
async function removeOrphan(parts: EngineParts, found: FoundAttempt, job: Versioned<Job> | undefined): Promise<void> {
  parts.logger.warn('an attempt that nobody owns is removed', about(found))
  const known = job?.value.attempts.some(({ number }) => number === found.attempt) === true
  if (job === undefined || !known || !(isFinal(job.value) || job.value.state === 'queued')) {
    await parts.backend.remove(found)
    return
  }
  const value = withAttempt(job.value, found.attempt, { removed: false })
  await commit(parts, {
    job: { value, revision: job.revision },
    wake: [{ kind: 'job', key: found.jobId, dueAt: parts.clock.now() }],
  })
}

function about(found: FoundAttempt): Readonly<Record<string, unknown>> {
  return { jobId: found.jobId, attempt: found.attempt, name: attemptName(found) }
}
