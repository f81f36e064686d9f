import { jobCreatedAt, writesFor } from './cluster/calls.ts'
import { shellAsset } from './cluster/shell-asset.ts'
import { type Stage, startStage } from './cluster/stage.ts'
import { watchCallbacks } from './cluster/watch-callbacks.ts'
import { watchPods } from './cluster/watch-pods.ts'
import type { Benchmark, Context, Measured } from './frame/benchmark.ts'
import { samplesOf } from './frame/statistics.ts'
import type { Testbed } from './frame/testbed.ts'

const assetId = 'small'
/** Jobs side by side: what a node of two cores bears without making everything wait for everything. */
const slots = 6

/** How soon the connector knows of a result. */
export const callback: Benchmark = {
  name: 'callback',
  title: 'from pod finished, as the API server shows it, to the callback, on the real cluster',
  needs: 'testbed',
  run: measure,
}

async function measure({ folder, quick, say }: Context, testbed: Testbed): Promise<Measured> {
  const count = quick ? 2 : 120
  const stage = await startStage(testbed, folder)
  const callbacks = watchCallbacks()
  const pods = await watchPods(testbed.kubeconfig, stage.namespace)
  try {
    await stage.offer(shellAsset(assetId, 'echo done > "$OUTPUT_DIR/out.txt"', slots))
    for (let number = 0; number < count; number++) stage.connector.request(assetId)
    await stage.untilReached('job cleared up', count, 60_000 + count * 10_000)
    const calls = await stage.calls()
    const jobs = processes(stage)
    if (jobs.size !== count) throw new Error(`${jobs.size} jobs were accepted, not ${count}`)
    const delays = [...jobs].map(([jobId, processId]) => {
      const finished = pods.finished.get(jobId)
      const called = callbacks.first.get(processId)
      if (finished === undefined || called === undefined)
        throw new Error(`job ${jobId}: finished ${finished}, called back ${called}; its log: ${logOf(stage, jobId)}`)
      return called - finished
    })
    const sent = samplesOf(delays)
    const writes = samplesOf([...jobs.keys()].map((jobId) => writesFor(calls, jobId).length))
    const queued = stage.reached('job queued')
    const launched = [...stage.reached('attempt launched').keys()].map((jobId) => jobCreatedAt(calls, jobId))
    say(`${count} jobs: median ${Math.round(sent.p50)} ms, p99 ${Math.round(sent.p99)} ms`)
    return {
      figures: [
        {
          what: 'pod finished to callback, p99',
          value: sent.p99,
          unit: 'ms',
          samples: sent,
          aim: { kind: 'at-most', value: 1_000 },
        },
        { what: 'pod finished to callback, median', value: sent.p50, unit: 'ms', samples: sent },
        {
          what: 'API writes per job, from creation to removal, most',
          value: writes.most,
          unit: 'times',
          samples: writes,
          aim: { kind: 'at-most', value: 6 },
        },
      ],
      notes: [
        `${count} jobs with one small file each, ${slots} side by side; the slowest callback came after ${Math.round(sent.most)} ms`,
        `finished: when a watch of the benchmark's own showed the sidecar's container ended; called back: when the request arrived`,
        `${queued.size} jobs took ${Math.round((Math.max(...launched) - Math.min(...launched)) / 1000)} s from the first Job to the last; ${stage.handshakes()} TLS handshakes`,
      ],
    }
  } finally {
    pods.close()
    callbacks.close()
    await stage.close()
  }
}

/** The transfer process of each accepted job. */
function processes({ log }: Stage): ReadonlyMap<string, string> {
  return new Map(
    log.flatMap(({ message, jobId, processId }) =>
      message === 'transfer accepted' && jobId !== undefined && processId !== undefined ? [[jobId, processId]] : [],
    ),
  )
}

function logOf({ log }: Stage, jobId: string): string {
  return log
    .filter((line) => line.jobId === jobId)
    .map(({ message }) => message)
    .join(', ')
}
