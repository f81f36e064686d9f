import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { causes } from '../../core/job/causes.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Logger } from '../../core/ports/logger.ts'
import { type JobEnd, type Metrics, type Stage, stages } from '../../core/ports/metrics.ts'
import type { Store, WorkKind } from '../../core/ports/store.ts'
import type { Measure } from '../http/request-log.ts'
import { prefix, requestBuckets, resultBuckets, stageBuckets, stageHelp } from './names.ts'

/** The service's metrics, and what Prometheus reads of them. */
export interface PrometheusMetrics extends Metrics {
  readonly request: Measure
  /** Takes how many folders of the asset directory gave what they should, and how many could not. */
  assetFolders(registered: number, failed: number): void
  /** The text exposition (version 0.0.4), with gauges as the store has them now. */
  exposition(): Promise<string>
  readonly contentType: string
}

const workKinds: readonly WorkKind[] = ['job', 'transfer', 'callback', 'expire', 'deliver', 'reception']
const deliveryOutcomes = ['delivered', 'over', 'unknown', 'later', 'refused', 'unclear', 'error'] as const

/**
 * Makes the service's metrics in a registry of their own, every series that can be known beforehand at zero, so that a rate over
 * the first event is right. Labels hold words of ours only: no id of an asset, a job or a consumer.
 */
export function prometheusMetrics(store: Store, clock: Clock, logger: Logger): PrometheusMetrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const stageTimes = new Map<Stage, Histogram>(
    stages.map((stage) => [
      stage,
      new Histogram({
        name: `${prefix}_${stage}_seconds`,
        help: stageHelp[stage],
        buckets: [...stageBuckets[stage]],
        registers,
      }),
    ]),
  )
  const jobs = new Counter({
    name: `${prefix}_jobs_ended_total`,
    help: 'Jobs that ended, by final state and cause: the cause of failure, who cancelled, or none.',
    labelNames: ['state', 'cause'],
    registers,
  })
  for (const end of ends()) jobs.inc({ ...end }, 0)
  const results = new Histogram({
    name: `${prefix}_result_bytes`,
    help: 'Sizes of results that were registered.',
    buckets: resultBuckets,
    registers,
  })
  const callbacks = new Counter({
    name: `${prefix}_callbacks_total`,
    help: 'Tries to tell a connector something, by what it is and how it went; later and error are tried again.',
    labelNames: ['kind', 'outcome'],
    registers,
  })
  for (const kind of ['provisioned', 'started', 'completed', 'errored', 'terminate'])
    for (const outcome of deliveryOutcomes) callbacks.inc({ kind, outcome }, 0)
  const failures = new Counter({
    name: `${prefix}_work_failures_total`,
    help: 'Steps of work that failed and are tried again, by kind of work.',
    labelNames: ['kind'],
    registers,
  })
  for (const kind of workKinds) failures.inc({ kind }, 0)
  const requests = new Counter({
    name: `${prefix}_http_requests_total`,
    help: 'Requests, by listener, route template and class of status.',
    labelNames: ['listener', 'route', 'status'],
    registers,
  })
  const requestTimes = new Histogram({
    name: `${prefix}_http_request_seconds`,
    help: 'Time until an answer was ready to be sent, by listener and route template.',
    labelNames: ['listener', 'route'],
    buckets: requestBuckets,
    registers,
  })
  const folders = new Gauge({
    name: `${prefix}_asset_folders`,
    help: 'Folders of the asset directory by what became of them: registered, or failed; the directory itself failed where it cannot be read.',
    labelNames: ['state'],
    registers,
  })
  for (const state of ['registered', 'failed']) folders.set({ state }, 0)
  const readGauges = storeGauges(registry, store, clock)
  return {
    contentType: registry.contentType,
    stage: (stage, milliseconds) => stageTimes.get(stage)?.observe(milliseconds / 1000),
    jobEnded: (end) => jobs.inc({ ...end }),
    result: (bytes) => results.observe(bytes),
    callback: (kind, outcome) => callbacks.inc({ kind, outcome }),
    workFailed: (kind) => failures.inc({ kind }),
    request({ listener, route, status, milliseconds }) {
      requests.inc({ listener, route, status: `${Math.floor(status / 100)}xx` })
      requestTimes.observe({ listener, route }, milliseconds / 1000)
    },
    assetFolders(registered, failed) {
      folders.set({ state: 'registered' }, registered)
      folders.set({ state: 'failed' }, failed)
    },
    async exposition() {
      // Where the store cannot be read the rest is still worth showing; the gauges are absent then, not zero.
      await readGauges().catch((error: unknown) => logger.error('the store cannot be read', { error }))
      return registry.metrics()
    },
  }
}

function ends(): readonly JobEnd[] {
  return [
    { state: 'succeeded', cause: 'none' },
    ...Object.keys(causes).map((cause): JobEnd => ({ state: 'failed', cause })),
    ...['connector', 'consumer', 'operator'].map((cause): JobEnd => ({ state: 'cancelled', cause })),
  ]
}

/** Gauges that tell what the store holds; gives what reads them anew. */
function storeGauges(registry: Registry, store: Store, clock: Clock): () => Promise<void> {
  const registers = [registry]
  const jobs = new Gauge({ name: `${prefix}_jobs`, help: 'Jobs by state.', labelNames: ['state'], registers })
  const due = new Gauge({
    name: `${prefix}_work_due`,
    help: 'Items of work that are due now, by kind, those somebody is at included.',
    labelNames: ['kind'],
    registers,
  })
  const late = new Gauge({
    name: `${prefix}_work_late`,
    help: 'Items of work that nobody has taken 30 s after they were due, by kind.',
    labelNames: ['kind'],
    registers,
  })
  const oldest = new Gauge({
    name: `${prefix}_oldest_callback_age_seconds`,
    help: 'Age of the oldest callback that was not delivered yet; 0 where there is none.',
    registers,
  })
  return async () => {
    for (const gauge of [jobs, due, late, oldest]) gauge.reset()
    oldest.remove()
    const now = clock.now()
    const figures = await store.figures(now)
    for (const [state, count] of Object.entries(figures.jobs)) jobs.set({ state }, count)
    for (const kind of workKinds) {
      due.set({ kind }, figures.due[kind])
      late.set({ kind }, figures.late[kind])
    }
    oldest.set(figures.oldestCallbackAt === undefined ? 0 : Math.max(0, now - figures.oldestCallbackAt) / 1000)
  }
}
