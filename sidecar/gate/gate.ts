import { setTimeout as pause } from 'node:timers/promises'
import { SidecarFailure } from '../failure.ts'
import { hasLabel, type LabelFile } from './label-file.ts'
import { type Doubt, look, type Watched } from './look.ts'
import { probe } from './probe.ts'
import { shownTarget, type Target } from './target.ts'

/** How often and how long a gate looks. */
export interface GateTimes {
  /** How often in a row everything must be found as it shall be: rules may come piece by piece. */
  readonly inARow: number
  /** Between two looks, in milliseconds. */
  readonly pauseMs: number
  /** After which nobody answers a connection, in milliseconds. */
  readonly connectMs: number
  /** After which the gate gives up, in milliseconds. */
  readonly limitMs: number
}

/** Adds about 0.2 s where rules refuse, and 1.7 s where they swallow. */
export const usualTimes = { inARow: 3, pauseMs: 100, connectMs: 500 } as const

/** What a gate heeds beside addresses. */
export interface GateConditions {
  /** Without it nothing counts: an address may seem closed because whoever listens there is away. */
  readonly label?: LabelFile | undefined
  /** An address at which nobody is. @default one of documentation, see look.ts */
  readonly reference?: Target | undefined
}

/**
 * Waits until every address that must be closed to this pod is: then the rules of the network hold, which act only some time after
 * the pod's start or after its relabelling. Whoever wants to start something that must not reach the network starts it after this.
 * With nothing that must be closed it waits until the rest was reached once.
 * @throws SidecarFailure not-isolated where this is not shown in time: the gate then stays shut
 */
export async function untilClosed(
  watched: Watched,
  times: GateTimes,
  signal: AbortSignal,
  { label, reference }: GateConditions = {},
): Promise<void> {
  const end = performance.now() + times.limitMs
  const wanted = watched.closed.length === 0 ? 1 : times.inARow
  for (let shown = 0; ; ) {
    const labelled = label === undefined || (await hasLabel(label))
    const doubt = labelled ? await look(watched, times.connectMs, signal, reference) : undefined
    shown = labelled && doubt === undefined ? shown + 1 : 0
    if (shown >= wanted) return
    if (shown === 0 && performance.now() > end)
      throw doubt === undefined ? notLabelled(label) : notShown(doubt, times.limitMs)
    await pause(times.pauseMs, undefined, { signal })
  }
}

/** Waits until an address can be reached again; it may take as long as whoever waits is let run. */
export async function untilOpen(
  target: Target,
  times: Pick<GateTimes, 'pauseMs' | 'connectMs'>,
  signal: AbortSignal,
): Promise<void> {
  while ((await probe(target, times.connectMs, signal)) !== 'open') await pause(times.pauseMs, undefined, { signal })
}

function notLabelled(label: LabelFile | undefined): SidecarFailure {
  return new SidecarFailure(
    'not-isolated',
    `The pod was not given the label ${label?.label} in time, so the worker was not started: the service was away, or may not change pods.`,
  )
}

/** What each doubt means, and what to do about it. */
const meanings: Readonly<Record<Doubt['found'], (shown: string) => readonly [string, string]>> = {
  open: (shown) => [`still reached ${shown}`, 'the cluster does not enforce the NetworkPolicies of this pod'],
  unreached: (shown) => [
    `did not reach ${shown}`,
    'nothing shows whether its network is closed or not there yet; the NetworkPolicies must let it reach the object store (networkPolicies.jobs.objectStore of the chart)',
  ],
  unresolved: (shown) => [
    `found no address of ${shown}`,
    'a name that is unknown is not closed; DSC_NETWORK_CANARY must name, best by its address, something that answers where nothing forbids it',
  ],
  'nobody-listens': (shown) => [
    `was refused by ${shown} itself`,
    'nobody listens there, so nothing shows whether NetworkPolicies hold; the API server, or what DSC_NETWORK_CANARY names, must answer where nothing forbids it',
  ],
}

function notShown({ found, targets }: Doubt, limitMs: number): SidecarFailure {
  const [what, why] = meanings[found](targets.map(shownTarget).join(', '))
  const after = `after ${Math.round(limitMs / 1000)} s`
  return new SidecarFailure('not-isolated', `The pod ${what} ${after}, so the worker was not started: ${why}.`)
}
