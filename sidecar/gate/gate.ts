import { setTimeout as pause } from 'node:timers/promises'
import { SidecarFailure } from '../failure.ts'
import { hasLabel, type LabelFile } from './label-file.ts'
import { isOpen } from './probe.ts'
import { shownTarget, type Target } from './target.ts'

/** How often and how long a gate looks. */
export interface GateTimes {
  /** How often in a row every address must be found closed: rules may come piece by piece. */
  readonly inARow: number
  /** Between two looks, in milliseconds. */
  readonly pauseMs: number
  /** After which a connection that nobody answers counts as closed, in milliseconds. */
  readonly connectMs: number
  /** After which the gate gives up, in milliseconds. */
  readonly limitMs: number
}

/** Adds about 0.3 s where rules refuse, and 1.5 s where they swallow. */
export const usualTimes = { inARow: 3, pauseMs: 100, connectMs: 500 } as const

/**
 * Waits until every address is closed to this pod: then the rules of the network hold, which act only some time after the pod's
 * start or after its relabelling. Whoever wants to start something that must not reach the network starts it after this.
 * @param label without which nothing counts: an address may seem closed because whoever listens there is away
 * @throws SidecarFailure not-isolated where one stays open: the gate then stays shut
 */
export async function untilClosed(
  targets: readonly Target[],
  times: GateTimes,
  signal: AbortSignal,
  label?: LabelFile,
): Promise<void> {
  const end = performance.now() + times.limitMs
  for (let closed = 0; closed < times.inARow; ) {
    const labelled = label === undefined || (await hasLabel(label))
    const open = labelled ? await openOf(targets, times.connectMs, signal) : []
    closed = labelled && open.length === 0 ? closed + 1 : 0
    if (closed === 0 && performance.now() > end) throw labelled ? stillOpen(open, times.limitMs) : notLabelled(label)
    await pause(times.pauseMs, undefined, { signal })
  }
}

/** Waits until an address can be reached again; it may take as long as whoever waits is let run. */
export async function untilOpen(
  target: Target,
  times: Pick<GateTimes, 'pauseMs' | 'connectMs'>,
  signal: AbortSignal,
): Promise<void> {
  while (!(await isOpen(target, times.connectMs, signal))) await pause(times.pauseMs, undefined, { signal })
}

async function openOf(targets: readonly Target[], timeoutMs: number, signal: AbortSignal): Promise<readonly Target[]> {
  const found = await Promise.all(
    targets.map(async (target) => ({ target, open: await isOpen(target, timeoutMs, signal) })),
  )
  return found.filter(({ open }) => open).map(({ target }) => target)
}

function notLabelled(label: LabelFile): SidecarFailure {
  return new SidecarFailure(
    'not-isolated',
    `The pod was not given the label ${label.label} in time, so the worker was not started: the service was away, or may not change pods.`,
  )
}

function stillOpen(targets: readonly Target[], limitMs: number): SidecarFailure {
  const shown = targets.map(shownTarget).join(', ')
  return new SidecarFailure(
    'not-isolated',
    `The pod still reached ${shown} after ${Math.round(limitMs / 1000)} s, so the worker was not started: the cluster does not enforce the NetworkPolicies of this pod.`,
  )
}
