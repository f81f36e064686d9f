import type { Clock } from '../../core/ports/clock.ts'
import type { Metrics } from '../../core/ports/metrics.ts'
import type { Store } from '../../core/ports/store.ts'
import { measureChange } from './job-change.ts'

/**
 * A store that tells the metrics what was written: stages of jobs, their ends, results, callbacks done with, work that failed.
 * So nothing that decides has to know of metrics. What was there before, the store itself tells: it looks for its audit log.
 */
export function measuredStore(store: Store, metrics: Metrics, clock: Clock): Store {
  return {
    ...store,
    commit(change) {
      const { job, result } = change
      return store.commit({
        ...change,
        seen: (before) => {
          change.seen?.(before)
          if (job !== undefined && before.job !== undefined) measureChange(metrics, before.job, job.value)
          if (result !== undefined) metrics.result(result.manifest.totalBytes)
          if (before.callback !== undefined)
            metrics.stage('deliver', Math.max(0, clock.now() - before.callback.createdAt))
        },
      })
    },
    async finish(item, dueAt, failures, now) {
      if (failures > item.failures) metrics.workFailed(item.kind)
      await store.finish(item, dueAt, failures, now)
    },
  }
}
