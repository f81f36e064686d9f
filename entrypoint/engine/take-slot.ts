import { formatDuration } from '../../core/asset/duration.ts'
import { crash } from '../../core/crash-point.ts'
import type { QueuedJob } from '../../core/job/job.ts'
import { limitsOf } from '../../core/limits/job-limits.ts'
import { followTransfer, queueDeadline } from '../../core/limits/queue-wait.ts'
import { nextTurns } from '../../core/limits/turns.ts'
import type { Contender, DueWork, Line, Versioned } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { applyToJob, commit } from './apply.ts'
import { failJob } from './end-job.ts'
import type { EngineParts } from './parts.ts'
import { sharedLine } from './shared-line.ts'

/** Pause between two looks of the one who is next, in case nobody says that a slot is free. Milliseconds. */
const headMs = 30_000
/** Likewise of everybody behind: ten thousand of them are seventeen looks a second. Milliseconds. */
const behindMs = 600_000
/** Pause while there are free slots that are others'. Milliseconds. */
const othersTurnMs = 1_000
/** Most jobs of one consumer and asset that are woken at once; whoever takes a slot wakes further ones. */
const perConsumer = 16

/**
 * Takes a slot for the next attempt where it is the job's turn; one that waited longer than it may fails.
 * @param transfer the one it runs for, `undefined` where an operator has it run
 * @param failures how often this failed in a row
 * @returns when to look again, milliseconds since 1970
 */
export async function takeSlot(
  parts: EngineParts,
  job: Versioned<QueuedJob>,
  transfer: Versioned<Transfer> | undefined,
  failures: number,
): Promise<number> {
  const { id, assetId, attempt, terms } = job.value
  const registered = await parts.assetVersion(assetId, terms.assetVersion)
  if (registered === undefined)
    throw new Error(`version ${terms.assetVersion} of the asset ${assetId} is not in the store`)
  const now = parts.clock.now()
  const followed = followTransfer(job.value, transfer?.value)
  if (followed !== job.value) {
    await commit(parts, { job: { value: followed, revision: job.revision } })
    // It leaves the line with its transfer: a slot that was offered to it is the next one's.
    if (followed.pausedSince !== undefined) await wakeNext(parts)
    return now
  }
  const timeout = registered.asset.limits.queueTimeout ?? parts.limits.queueTimeoutMs
  const deadline = queueDeadline(job.value, timeout)
  if (deadline === undefined) return now + headMs
  if (now >= deadline) {
    const message = `The job waited ${formatDuration(timeout)} for a slot, as long as it may (limits.queueTimeout).`
    await failJob(parts, job, transfer, { cause: 'queue-timeout', message })
    return now
  }
  const line = await lineFor(parts, id, failures)
  const turns = await turnsOf(parts, line)
  if (!turns.some(({ jobId }) => jobId === id)) {
    const asleep = dueNow(turns, now)
    if (asleep.length > 0) await parts.store.wake(asleep)
    return Math.min(deadline, now + pause(line, turns, job.value))
  }
  const { asset } = registered
  const { consumerId } = terms
  const taken = await commit(parts, {
    job: applyToJob(job, { type: 'slot-taken', attempt }, now),
    require: {
      kind: 'slot',
      assetId,
      limit: asset.limits.concurrentJobs,
      consumerId,
      consumerLimit: limitsOf(parts.limits, consumerId).runningJobs,
      totalLimit: parts.limits.runningJobs,
    },
    // In the same transaction, or a crash would leave free slots and nobody who is told of them.
    wake: [
      ...dueNow(
        turns.filter(({ jobId }) => jobId !== id),
        now,
      ),
      // While the job waited, its connector was asked seldom whether anybody still wants it.
      ...(transfer === undefined
        ? []
        : [{ kind: 'transfer' as const, key: transfer.value.id, dueAt: now + parts.times.pollMs }]),
    ],
  })
  if (taken) crash('slot-taken')
  return taken ? now : Math.min(deadline, now + headMs)
}

/** Wakes whoever's turn it is: as many jobs as there are free slots, and no more. */
export async function wakeNext(parts: EngineParts): Promise<void> {
  const now = parts.clock.now()
  const asleep = dueNow(await turnsOf(parts, await lineFor(parts)), now)
  if (asleep.length > 0) await parts.store.wake(asleep)
}

/** A job that failed last time stands in the line only where it asks itself. */
function lineFor({ store, clock }: EngineParts, jobId?: string, failures = 0): Promise<Line> {
  return failures > 0 ? store.line(clock.now(), perConsumer, jobId) : sharedLine(store, perConsumer, () => clock.now())
}

function pause({ contenders }: Line, turns: readonly Contender[], { id, assetId, terms }: QueuedJob): number {
  if (turns.length > 0) return othersTurnMs
  const first = contenders.find((one) => one.assetId === assetId && one.consumerId === terms.consumerId)
  return first?.jobId === id ? headMs : behindMs
}

/** Those who are to be woken: not the ones that are due already. */
function dueNow(turns: readonly Contender[], now: number): readonly DueWork[] {
  return turns.filter(({ due }) => !due).map(({ jobId }) => ({ kind: 'job', key: jobId, dueAt: now }))
}

/** Who takes the free slots. An asset that cannot be read keeps its own jobs waiting and nobody else's. */
async function turnsOf(parts: EngineParts, line: Line): Promise<readonly Contender[]> {
  if (line.contenders.length === 0 || line.running >= parts.limits.runningJobs) return []
  const slots = new Map<string, number>()
  for (const one of line.contenders) {
    if (slots.has(keyOf(one))) continue
    slots.set(keyOf(one), await slotsOf(parts, one))
  }
  return nextTurns(line, parts.limits, (one) => slots.get(keyOf(one)) ?? 0)
}

function keyOf({ assetId, assetVersion }: Contender): string {
  return `${assetId} ${assetVersion}`
}

async function slotsOf(parts: EngineParts, { assetId, assetVersion }: Contender): Promise<number> {
  try {
    const registered = await parts.assetVersion(assetId, assetVersion)
    return registered?.asset.limits.concurrentJobs ?? 0
  } catch (error) {
    parts.logger.warn('an asset cannot be read', { assetId, assetVersion, error })
    return 0
  }
}
