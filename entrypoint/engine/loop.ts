import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { backoff } from '../../core/backoff.ts'
import { crash } from '../../core/crash-point.ts'
import type { Store, WorkItem, WorkKind } from '../../core/ports/store.ts'
import { pauseAskedBy } from '../../core/retry-after.ts'
import { Stale } from './apply.ts'
import type { EngineParts } from './parts.ts'
import { step } from './step.ts'

/**
 * How long an item is leased, and how often the leases of items that somebody is at are renewed. So work of a process that is gone is
 * taken over within half a minute, and a step may take as long as it does. Milliseconds.
 */
const leaseMs = 30_000
const renewMs = 10_000
/** Most steps of one item in a row. */
const mostSteps = 20
/** A clock that went back by more than this is told to the store; by less, what is due is late by as much. Milliseconds. */
const noticedMs = 1_000
/** Between two tries to give an item back while the store cannot be written. Milliseconds. */
const giveBackMs = 1_000
/** Longest sleep: also a clock that jumps does not stop the loop for longer. Milliseconds. */
const longestSleepMs = 5_000
/** Longest sleep where other processes may have written down work that nobody here has heard of. Milliseconds. */
const longestSharedSleepMs = 1_000

/** Pause between two items while others are more urgent: what they are about is not forgotten, and goes on. Milliseconds. */
const busyMs = 20

/** For how long at most others are more urgent: then one look takes as many items as ever. Milliseconds. */
const longestBusyMs = 1_000

/** A loop of the engine. */
export interface Loop {
  /** Says that something may be due: the loop looks at once. */
  nudge(): void
  /** Takes no further items and waits for those under way. */
  stop(): Promise<void>
}

/** What every loop over a store is at: a loop that sees the clock set back keeps the leases of the others, too. */
const underWay = new WeakMap<Store, Set<WorkItem>>()

function itemsUnderWay(store: Store): Set<WorkItem> {
  const items = underWay.get(store) ?? new Set()
  underWay.set(store, items)
  return items
}

/**
 * Starts the loop that takes what is due from the store, one step at a time, several items side by side. An item that fails
 * comes back later and later and stops nobody else.
 * @param concurrency how many items side by side
 * @param kinds only items of these kinds: steps that may take hours have a loop of their own, so that others need not wait for them
 * @param busy whether others have more urgent use of the processor and the store: then items are taken one by one, with pauses
 */
export function startLoop(
  parts: EngineParts,
  concurrency: number,
  kinds?: readonly WorkKind[],
  busy: () => boolean = () => false,
): Loop {
  const running = new Map<Promise<void>, WorkItem>()
  const ofEveryLoop = itemsUnderWay(parts.store)
  const mostMs = parts.store.shared ? longestSharedSleepMs : longestSleepMs
  const stop = new AbortController()
  let nudged = false
  let latest = 0
  let wakeUp: (() => void) | undefined

  const nudge = (): void => {
    nudged = true
    wakeUp?.()
  }
  const sleep = async (milliseconds: number): Promise<void> => {
    if (nudged || stop.signal.aborted || milliseconds <= 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    wakeUp = undefined
  }
  const begin = (item: WorkItem): void => {
    const done = work(parts, item, stop.signal).finally(() => {
      running.delete(done)
      ofEveryLoop.delete(item)
      nudge()
    })
    running.set(done, item)
    ofEveryLoop.add(item)
  }
  let restrainedSince: number | undefined
  const restrained = (): boolean => {
    if (!busy()) restrainedSince = undefined
    else if (performance.now() < (restrainedSince ??= performance.now()) + longestBusyMs) return true
    restrainedSince = undefined
    return false
  }
  const round = async (most: number): Promise<number> => {
    const free = Math.min(most, concurrency - running.size)
    if (free <= 0) return mostMs
    const now = parts.clock.now()
    if (now < latest - noticedMs) {
      parts.logger.warn('the clock was set back', { byMs: latest - now })
      await parts.store.renew([...ofEveryLoop], now, leaseMs) // what this process is at stays its own
      await parts.store.clockWentBack(now, latest - now, leaseMs)
    }
    latest = now
    const items = await parts.store.claim(now, free, leaseMs, kinds)
    if (items.length > 0) crash('work-claimed')
    items.forEach(begin)
    if (items.length > 0) return 0
    const due = await parts.store.nextDue(kinds)
    return due === undefined ? mostMs : Math.min(Math.max(due - parts.clock.now(), 1), mostMs)
  }
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      nudged = false
      await nextTurn()
      const modest = restrained()
      try {
        const restMs = await round(modest ? 1 : concurrency)
        if (modest) await pause(busyMs)
        else await sleep(restMs)
      } catch (error) {
        parts.logger.error('the store cannot be read', { error })
        await sleep(mostMs)
      }
    }
  }
  const renewal = setInterval(() => {
    parts.store
      .renew([...running.values()], parts.clock.now(), leaseMs)
      .catch((error: unknown) => parts.logger.error('leases cannot be renewed', { items: running.size, error }))
  }, renewMs)
  const ran = run()
  return {
    nudge,
    async stop() {
      stop.abort()
      wakeUp?.()
      await ran
      await Promise.allSettled(running.keys())
      clearInterval(renewal)
    },
  }
}

/** Gives an item back as soon as the store can be written again; else, when we end, its lease runs out by itself. */
async function giveBack({ store, clock }: EngineParts, item: WorkItem, stopped: AbortSignal): Promise<void> {
  for (;;) {
    await pause(giveBackMs, undefined, { signal: stopped }).catch(() => undefined)
    if (stopped.aborted) return
    try {
      const now = clock.now()
      return await store.finish(item, now, item.failures, now)
    } catch {
      // The failure before it was told of, and /readyz tells of this one.
    }
  }
}

async function work(parts: EngineParts, item: WorkItem, stopped: AbortSignal): Promise<void> {
  const { store, clock, logger } = parts
  try {
    try {
      const dueAt = await steps(parts, item)
      crash('work-stepped')
      await store.finish(item, dueAt, 0, clock.now())
      crash('work-finished')
    } catch (error) {
      const now = clock.now()
      if (error instanceof Stale) return await store.finish(item, now, item.failures, now)
      const failures = item.failures + 1
      logger.warn('work failed, it is tried again', { kind: item.kind, key: item.key, failures, error })
      await store.finish(item, now + Math.max(backoff(failures, parts.random()), pauseAskedBy(error)), failures, now)
    }
  } catch (error) {
    logger.error('the store cannot be written', { kind: item.kind, key: item.key, error })
    await giveBack(parts, item, stopped)
  }
}

/**
 * Steps that follow at once are taken at once, within reason: the lease costs two writes. Between two of them everybody else has a turn: a
 * store that answers without waiting would let steps follow each other for seconds, while nobody reads what connectors send.
 */
async function steps(parts: EngineParts, item: WorkItem): Promise<number | undefined> {
  for (let count = 1; ; count += 1) {
    await nextTurn()
    const dueAt = await step(parts, item)
    if (dueAt === undefined || dueAt > parts.clock.now() || count >= mostSteps) return dueAt
  }
}
