import { setTimeout } from 'node:timers/promises'
import type { AdminApi } from '../api/admin-api.ts'
import { isOver, job, type ShownJob } from '../api/jobs.ts'
import { CliError } from '../cli-error.ts'
import { readOn } from './read-on.ts'

/** Between two looks, in milliseconds. The admin API has no stream of a log. */
const pauseMs = 1_000
/** How often in a row the service may be away until following is given up: it may be restarted meanwhile. */
const patience = 60
/** For how many looks a cancelled job is followed on: its worker has some seconds to end by itself. */
const lastWords = 30

/** What is followed. */
export interface Followed {
  /** In the order in which they run. */
  readonly containers: readonly string[]
  /** Only this one; else the newest, and each that comes after it. */
  readonly attempt?: number | undefined
}

/** Whom a follower tells. */
export interface LogListener {
  text(part: string): void
  /** Something that is no line of the log: a next attempt, a part that is lost. */
  note(message: string): void
}

/**
 * Follows logs until the job is over. Without `attempt` it goes on with the next one where a failed attempt is followed by another.
 * @param pause waits until it is time for another look
 * @returns the job as it ended
 * @throws CliError `unreachable` where the service stays away
 */
export async function followLog(
  api: AdminApi,
  id: string,
  { containers, attempt: only }: Followed,
  listener: LogListener,
  pause: () => Promise<unknown> = () => setTimeout(pauseMs),
): Promise<ShownJob> {
  let attempt = only
  let readers: Reader[] | undefined
  let told: string | undefined
  let waitingIn: string | undefined
  let over = 0
  const look = async (): Promise<{ seen: ShownJob; readOut: boolean }> => {
    // The job before its log: what the log of a job that was over has, is all there will be.
    const seen = await job(api, id, false)
    attempt ??= seen.attempts.at(-1)?.number
    if (attempt === undefined) return { seen, readOut: false }
    readers ??= readersOf(api, id, containers, attempt)
    let readOut = false
    for (const { container, read } of readers) {
      const part = await read()
      if (part === undefined) continue
      readOut = true
      if (part.text === '' && part.missing === undefined) continue
      if (containers.length > 1 && told !== container) listener.note(`log of ${container}`)
      told = container
      if (part.missing !== undefined) listener.note(part.missing)
      listener.text(part.text)
    }
    return { seen, readOut }
  }
  let answered = false
  for (;;) {
    // A service that never answered is told at once; one that did may be restarted.
    const { seen, readOut } = await (answered ? patiently(look, listener, pause) : look())
    answered = true
    const next = seen.attempts.find(({ number }) => attempt !== undefined && number > attempt)?.number
    if (next !== undefined && only !== undefined) return seen
    if (next !== undefined) {
      listener.note(`attempt ${attempt} failed, attempt ${next} begins`)
      attempt = next
      readers = undefined
      told = undefined
      continue
    }
    if (isOver(seen) && (seen.state !== 'cancelled' || isCleared(seen) || (over += 1) > lastWords)) return seen
    if (!readOut && waitingIn !== seen.state && !isOver(seen))
      listener.note(`no log of ${containers.join(', ')} yet; the job is ${seen.state}`)
    waitingIn = readOut ? undefined : seen.state
    await pause()
  }
}

interface Reader {
  readonly container: string
  readonly read: ReturnType<typeof readOn>
}

function readersOf(api: AdminApi, id: string, containers: readonly string[], attempt: number): Reader[] {
  return containers.map((container) => ({ container, read: readOn(api, id, container, attempt) }))
}

function isCleared({ attempts }: ShownJob): boolean {
  return attempts.every(({ objectsRemoved }) => objectsRemoved)
}

/** Looks again where the service is away for a while. What was told before is not told again: readers know where they are. */
async function patiently<T>(look: () => Promise<T>, listener: LogListener, pause: () => Promise<unknown>): Promise<T> {
  for (let away = 1; ; away += 1) {
    try {
      return await look()
    } catch (error) {
      if (!mayPass(error) || away > patience) throw error
      if (away === 1) listener.note(`${error.message}; trying again`)
      await pause()
    }
  }
}

/** The service is away, or has trouble of its own: perhaps with a backend that does not answer it. */
function mayPass(error: unknown): error is CliError {
  return error instanceof CliError && (error.exit === 'unreachable' || (error.options.status ?? 0) >= 500)
}
