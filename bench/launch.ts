import { type Call, jobCreatedAt, writesFor } from './cluster/calls.ts'
import { bareJobs } from './cluster/bare-jobs.ts'
import { shellAsset } from './cluster/shell-asset.ts'
import { type Stage, startStage } from './cluster/stage.ts'
import type { Benchmark, Context, Measured } from './frame/benchmark.ts'
import { median, samplesOf } from './frame/statistics.ts'
import type { Testbed } from './frame/testbed.ts'

/** The pool's size (k8s-client/api/transport.ts). */
const poolSize = 32
const assetId = 'nowhere'

/** How soon a verified job is on the cluster, and what that asks of the API server. */
export const launch: Benchmark = {
  name: 'launch',
  title: 'from verified to Job created, on the real API server',
  needs: 'testbed',
  run: measure,
}

async function measure({ folder, quick, say }: Context, testbed: Testbed): Promise<Measured> {
  const [single, burst] = quick ? [3, 3] : [100, 40]
  const stage = await startStage(testbed, folder)
  try {
    // No node has this label: the cluster makes the pod and no more, so that the node's work is not measured with it.
    await stage.offer(shellAsset(assetId, 'true', 1_000, { 'dataspace-compute/bench': 'nowhere' }))
    const bareOnes = await bareJobs(testbed.kubeconfig, stage.namespace)
    const bare: number[] = []
    const transfers: string[] = []
    for (let number = 1; number <= single; number++) {
      bare.push(await bareOnes.create())
      transfers.push(stage.connector.request(assetId).consumerTransferId)
      await stage.untilReached('attempt launched', number, 30_000)
    }
    await bareOnes.close()
    const one = delays(stage, await stage.calls())
    say(`${single} one after the other: median ${median(one.map(([, ms]) => ms)).toFixed(1)} ms`)
    for (let number = 0; number < burst; number++) transfers.push(stage.connector.request(assetId).consumerTransferId)
    await stage.untilReached('attempt launched', single + burst, 60_000)
    for (const transfer of transfers) stage.connector.terminate(transfer, 'seen enough')
    await stage.untilReached('job cleared up', single + burst, 300_000)
    const calls = await stage.calls()
    const before = new Set(one.map(([jobId]) => jobId))
    const together = delays(stage, calls).flatMap(([jobId, ms]) => (before.has(jobId) ? [] : [ms]))
    return {
      figures: figures(
        stage,
        calls,
        one.map(([, ms]) => ms),
        together,
        bare,
      ),
      notes: notes(single, burst),
    }
  } finally {
    await stage.close()
  }
}

function notes(single: number, burst: number): readonly string[] {
  return [
    `${single} jobs one after the other, each after a bare one, then ${burst} at once, all ended by their consumers and removed; from the line “job queued” in the service's log to the answer 201`,
    'between the two: one transaction for the slot, and three reads (pods, Job, Job) before the Job is posted',
    'handshakes are counted by a relay in front of the API server, writes where undici sends them',
  ]
}

function figures(
  stage: Stage,
  calls: readonly Call[],
  one: readonly number[],
  together: readonly number[],
  bare: readonly number[],
): Measured['figures'] {
  const single = samplesOf(one)
  const burst = samplesOf(together)
  const writes = samplesOf([...stage.reached('job cleared up').keys()].map((jobId) => writesFor(calls, jobId).length))
  const beside = { what: 'creating a bare Job', value: median(bare) }
  return [
    {
      what: 'verified to Job created, median',
      value: single.p50,
      unit: 'ms',
      samples: single,
      aim: { kind: 'at-most', value: 50 },
      beside,
    },
    { what: `the same, ${burst.count} jobs at once, median`, value: burst.p50, unit: 'ms', samples: burst, beside },
    {
      what: 'TLS handshakes in all',
      value: stage.handshakes(),
      unit: 'times',
      aim: { kind: 'at-most', value: poolSize },
    },
    {
      what: 'API writes per job, most',
      value: writes.most,
      unit: 'times',
      samples: writes,
      aim: { kind: 'at-most', value: 6 },
    },
  ]
}

/** Every launched job with the time from verified to created, in milliseconds. */
function delays(stage: Stage, calls: readonly Call[]): readonly (readonly [jobId: string, milliseconds: number])[] {
  const queued = stage.reached('job queued')
  return [...stage.reached('attempt launched').keys()].map((jobId) => {
    const from = queued.get(jobId)
    if (from === undefined) throw new Error(`nothing says when ${jobId} was verified`)
    return [jobId, jobCreatedAt(calls, jobId) - from] as const
  })
}
