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
  const consumers = new Map(line.contenders.map((one) => [one.consumerId, standing(one)]))
  const assets = new Map(line.contenders.map((one) => [one.assetId, one.assetRunning]))
  let free = limits.runningJobs - line.running
  let turn = Math.max(0, ...[...consumers.values()].map(({ lastTurn }) => lastTurn))
  const waiting = new Set(line.contenders)
  const chosen: Contender[] = []
  for (; free > 0; free -= 1) {
    let next: Contender | undefined
    let its: Standing | undefined
    for (const one of waiting) {
      const consumer = consumers.get(one.consumerId) ?? standing(one)
      if (consumer.running >= limitsOf(limits, one.consumerId).runningJobs) continue
      if ((assets.get(one.assetId) ?? 0) >= slotsOf(one)) continue
      if (next !== undefined && its !== undefined && !isBefore(one, consumer, next, its)) continue
      next = one
      its = consumer
    }
    if (next === undefined || its === undefined) return chosen
    chosen.push(next)
    waiting.delete(next)
    turn += 1
    consumers.set(next.consumerId, { running: its.running + 1, lastTurn: turn })
    assets.set(next.assetId, (assets.get(next.assetId) ?? 0) + 1)
  }
  return chosen
}

interface Standing {
  readonly running: number
  /** 0 for one who never had a turn. */
  readonly lastTurn: number
}

function standing({ consumerRunning, lastTurn }: Contender): Standing {
  return { running: consumerRunning, lastTurn: lastTurn ?? 0 }
}

function isBefore(one: Contender, its: Standing, other: Contender, others: Standing): boolean {
  if (its.running !== others.running) return its.running < others.running
  if (its.lastTurn !== others.lastTurn) return its.lastTurn < others.lastTurn
  return one.place < other.place
}
