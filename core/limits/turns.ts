import type { Contender, Line } from '../ports/store.ts'
import { type JobLimits, limitsOf } from './job-limits.ts'

/**
 * Decides who takes the free slots. The consumer with the fewest running jobs is next; among equals the one whose last turn is
 * longest ago; of its own jobs the oldest. So a consumer with a thousand waiting jobs holds up nobody: one without a running job
 * has its turn after at most one job of every other such consumer, however many those have waiting.
 * @param slotsOf how many jobs of a contender's asset may hold a slot: `limits.concurrentJobs` of its version, 0 where that is not known
 * @returns those who may take a slot now, in their order; no more than there are free slots
 */
export function nextTurns(
  line: Line,
  limits: JobLimits,
  slotsOf: (contender: Contender) => number,
): readonly Contender[] {
  const free = limits.runningJobs - line.running
  const assets = new Map(line.contenders.map((one) => [one.assetId, one.assetRunning]))
  const fits = (one: Contender): boolean => (assets.get(one.assetId) ?? 0) < slotsOf(one)
  const queues = queuesOf(line, limits, fits)
  const chosen: Contender[] = []
  for (let running = 0; running < queues.length; running += 1) {
    const queue = queues[running] ?? []
    for (let its = queue.shift(); its !== undefined; its = queue.shift()) {
      if (chosen.length >= free) return chosen
      const job = its.jobs.find(fits)
      if (job === undefined) continue // within one look slots are only taken, so it has no turn later either
      if (its.lastTurn === 0 && job.place !== its.place) {
        // The asset of its oldest job has no slot any more. Others who never had a turn may be older now.
        insert(queue, { ...its, place: job.place })
        continue
      }
      chosen.push(job)
      assets.set(job.assetId, (assets.get(job.assetId) ?? 0) + 1)
      if (running + 1 >= its.most) continue
      const later = { ...its, lastTurn: Infinity, jobs: its.jobs.filter((one) => one !== job) } // nobody's turn is less long ago
      ;(queues[running + 1] ??= []).push(later)
    }
  }
  return chosen
}

/** A consumer who waits. */
interface Waiting {
  /** How many of its jobs may run. */
  readonly most: number
  /** 0 for one who never had a turn. */
  readonly lastTurn: number
  /** Of its oldest job that could take a slot. */
  readonly place: number
  /** Oldest first. */
  readonly jobs: readonly Contender[]
}

/** Who waits, by how many jobs they have running, each queue in the order of their turns. */
function queuesOf({ contenders }: Line, limits: JobLimits, fits: (one: Contender) => boolean): Waiting[][] {
  const queues: Waiting[][] = []
  const consumers = [...Map.groupBy(contenders, (one) => one.consumerId)].flatMap(([consumerId, its]) => {
    const jobs = its.toSorted((a, b) => a.place - b.place)
    const first = jobs.find(fits)
    const most = limitsOf(limits, consumerId).runningJobs
    if (first === undefined || first.consumerRunning >= most) return []
    return [{ most, running: first.consumerRunning, lastTurn: first.lastTurn ?? 0, place: first.place, jobs }]
  })
  for (const { running, ...its } of consumers.toSorted((a, b) => a.lastTurn - b.lastTurn || a.place - b.place))
    (queues[running] ??= []).push(its)
  return queues
}

function insert(queue: Waiting[], its: Waiting): void {
  const at = queue.findIndex((other) => other.lastTurn > 0 || other.place > its.place)
  queue.splice(at < 0 ? queue.length : at, 0, its)
}
