import { setTimeout } from 'node:timers/promises'
import type { AdminApi } from '../api/admin-api.ts'
import { isOver, job, jobLog, type ShownJob } from '../api/jobs.ts'
import { CliError } from '../cli-error.ts'
import { newPart } from './new-part.ts'

/** Between two looks, in milliseconds. The admin API has no stream of a log. */
const pauseMs = 1_000

/** Whom a follower tells. */
export interface LogListener {
  text(part: string): void
  /** Something that is no line of the log: a next attempt, a part that is lost. */
  note(message: string): void
}

/**
 * Follows the log of a container until the job is over. Without `attempt` it goes on with the next one where a failed attempt is
 * followed by another.
 * @param pause waits until it is time for another look
 * @returns the job as it ended
 */
export async function followLog(
  api: AdminApi,
  id: string,
  { container, attempt }: { readonly container: string; readonly attempt?: number | undefined },
  listener: LogListener,
  pause: () => Promise<unknown> = () => setTimeout(pauseMs),
): Promise<ShownJob> {
  let followed = attempt
  let shown = ''
  let waiting = false
  for (;;) {
    // The job before its log: what the log of a job that was over has, is all there will be.
    const seen = await job(api, id)
    const newest = seen.attempts.at(-1)?.number
    followed ??= newest
    const log = followed === undefined ? undefined : await readLog(api, id, container, followed)
    if (log !== undefined) {
      const part = newPart(shown, log)
      if (part.gap) listener.note('some lines are missing here: only the end of a long log is kept')
      if (part.text !== '') listener.text(part.text)
      shown = log
    }
    const moved: boolean = attempt === undefined && newest !== undefined && followed !== undefined && newest > followed
    if (moved && newest !== undefined) {
      listener.note(`attempt ${followed} failed, attempt ${newest} begins`)
      followed = newest
      shown = ''
    } else if (isOver(seen) || (attempt !== undefined && newest !== undefined && newest > attempt)) {
      return seen
    } else {
      if (log === undefined && !waiting) listener.note(`no log of ${container} yet; the job is ${seen.state}`)
      waiting = log === undefined
      await pause()
    }
  }
}

async function readLog(api: AdminApi, id: string, container: string, attempt: number): Promise<string | undefined> {
  try {
    return await jobLog(api, id, { container, attempt })
  } catch (error) {
    if (error instanceof CliError && error.options.code === 'log-unknown') return undefined
    throw error
  }
}
