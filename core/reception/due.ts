import { isFlowOver, isToBeFetched, type Reception } from './reception.ts'

/** What is to be done next for a reception. */
export type ReceptionTask = 'fetch' | 'verify' | 'remove' | 'tell' | 'forget'

/** How long a control plane gets to store our answer to a prepare before it is told more. Milliseconds. */
const settledMs = 1_000

/** A task and when it is due, milliseconds since 1970. */
export interface DueTask {
  readonly task: ReceptionTask
  readonly at: number
}

/**
 * What is to be done next, and when. A removal goes before everything else: what is to go is not fetched or told of.
 * @param historyMs how long a reception stays in the list when its flow is over and its files are gone; unset: for good
 * @returns `undefined` where there is nothing to do until something happens
 */
export function nextTask(reception: Reception, now: number, historyMs?: number): DueTask | undefined {
  const { state, owed, removeAt, since, createdAt } = reception
  const removal: DueTask | undefined =
    removeAt === undefined || state === 'removed' ? undefined : { task: 'remove', at: removeAt }
  if (removal !== undefined && removal.at <= now) return removal
  if (isToBeFetched(reception)) return { task: 'fetch', at: now }
  if (state === 'verifying') return { task: 'verify', at: now }
  if (owed !== undefined) return { task: 'tell', at: owed === 'prepared' ? Math.max(now, createdAt + settledMs) : now }
  if (removal !== undefined) return removal
  if (state !== 'removed' || !isFlowOver(reception) || historyMs === undefined) return undefined
  return { task: 'forget', at: since + historyMs }
}
