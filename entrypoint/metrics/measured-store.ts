import type { Clock } from '../../core/ports/clock.ts'
import type { Metrics } from '../../core/ports/metrics.ts'
import type { Change, Store } from '../../core/ports/store.ts'
import { measureChange } from './job-change.ts'

/**
 * A store that tells the metrics what was written: stages of jobs, their ends, results, callbacks done with, work that failed.
 * So nothing that decides has to know of metrics. It reads a job again before it is written, to know what it was.
 */
export function measuredStore(store: Store, metrics: Metrics, clock: Clock): Store {
  return {
    ...store,
    async commit(change) {
      const before = await seen(store, change)
      const outcome = await store.commit(change)
      if (outcome !== 'done') return outcome
      const { job, result } = change
      if (job !== undefined && before.job?.revision === job.revision)
        measureChange(metrics, before.job.value, job.value)
      if (result !== undefined) metrics.result(result.manifest.totalBytes)
      if (before.callbackAt !== undefined) metrics.stage('deliver', Math.max(0, clock.now() - before.callbackAt))
      return outcome
    },
    async finish(item, dueAt, failures, now) {
      if (failures > item.failures) metrics.workFailed(item.kind)
      await store.finish(item, dueAt, failures, now)
    },
  }
}

/** What is there of what a change is about, before it is made. */
async function seen(store: Store, { job, doneCallback }: Change) {
  const [before, callback] = await Promise.all([
    job === undefined ? undefined : store.job(job.value.id),
    doneCallback === undefined ? undefined : store.callback(doneCallback),
  ])
  return { job: before, callbackAt: callback?.createdAt }
}
