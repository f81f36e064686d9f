import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '../test/support/eventually.ts'
import type { Benchmark, Context, Measured } from './frame/benchmark.ts'
import { startPlainConnector } from './frame/plain-connector.ts'
import { databaseName, type LogLine, type ServiceProcess, startServiceProcess } from './frame/service-process.ts'
import { median, samplesOf } from './frame/statistics.ts'
import { type Seed, seededAsset, seedStore } from './scale/seed-store.ts'
import { standInNamespace, startStandIn } from './stand-in/api-server.ts'
import { type EmptyBucket, startEmptyBucket } from './stand-in/empty-bucket.ts'
import { makeIdentity, writeStandInKubeconfig } from './stand-in/identity.ts'

const MiB = 2 ** 20
/** Between two changes of pods that the stand-in tells of, and between two looks at the service's memory. Milliseconds. */
const touchMs = 50
const lookMs = 250

/** What the service needs when it has much to look after. */
export const scale: Benchmark = {
  name: 'scale',
  title: '10,000 jobs in the store and 1,000 of them with pods, on a stand-in API server',
  needs: 'nothing',
  run: measure,
}

interface Seen {
  readonly readyMs: number
  readonly peakBytes: number
  readonly laterBytes: number
  readonly asked: number
  readonly encrypted: boolean
}

async function measure({ folder, quick, say }: Context): Promise<Measured> {
  const seed = quick ? { over: 90, running: 10 } : { over: 9_000, running: 1_000 }
  const watchMs = quick ? 1_000 : 60_000
  const database = join(folder, 'seeded.db')
  const running = await seedStore(database, seed)
  say(`the store holds ${seed.over + seed.running} jobs`)
  const full: Seen[] = []
  const idle: Seen[] = []
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    idle.push(await watchService(join(folder, `empty-${round}`), undefined, [], Math.min(watchMs, 10_000)))
    const seen = await watchService(join(folder, `full-${round}`), database, running, watchMs)
    full.push(seen)
    say(`ready in ${Math.round(seen.readyMs)} ms, at most ${Math.round(seen.peakBytes / MiB)} MiB resident`)
  }
  const ready = samplesOf(full.map(({ readyMs }) => readyMs / 1000))
  const memory = samplesOf(full.map(({ peakBytes }) => peakBytes / MiB))
  const nothing = samplesOf(idle.map(({ laterBytes }) => laterBytes / MiB))
  const later = samplesOf(full.map(({ laterBytes }) => laterBytes / MiB))
  const beside = (pick: (seen: Seen) => number) => ({ what: 'with nothing to do', value: median(idle.map(pick)) })
  return {
    figures: [
      {
        what: 'ready',
        value: ready.p50,
        unit: 's',
        samples: ready,
        aim: { kind: 'at-most', value: 5 },
        beside: beside(({ readyMs }) => readyMs / 1000),
      },
      {
        what: 'most memory resident',
        value: memory.most,
        unit: 'MiB',
        samples: memory,
        aim: { kind: 'at-most', value: 200 },
        beside: beside(({ peakBytes }) => peakBytes / MiB),
      },
      {
        what: 'memory resident in the end, median',
        value: later.p50,
        unit: 'MiB',
        samples: later,
        beside: beside(({ laterBytes }) => laterBytes / MiB),
      },
      {
        what: 'memory resident with nothing to do',
        value: nothing.p50,
        unit: 'MiB',
        samples: nothing,
        aim: { kind: 'at-most', value: 100 },
      },
    ],
    notes: notes(full, seed, watchMs),
  }
}

function notes(full: readonly Seen[], { over, running }: Seed, watchMs: number): readonly string[] {
  const asked = median(full.map((seen) => seen.asked))
  return [
    `rounds: ${full.length}; ${over} jobs that are over and ${running} that run, whose pods and Jobs are copies of recorded ones; ${watchMs / 1000} s each, with ${1000 / touchMs} changed pods a second`,
    `each running job was looked at, and the connector was asked ${asked} times meanwhile`,
    ...(full.every(({ encrypted }) => encrypted) ? [] : ['without openssl there is no certificate: over plain HTTP']),
  ]
}

/** Starts the service on a store and a stand-in, and watches it until it has looked at every job and the time is over. */
async function watchService(
  folder: string,
  database: string | undefined,
  running: readonly string[],
  watchMs: number,
): Promise<Seen> {
  await mkdir(folder)
  if (database !== undefined) await copyFile(database, join(folder, databaseName))
  const identity = await makeIdentity(folder)
  const connector = await startPlainConnector(seededAsset)
  const standIn = await startStandIn(running, identity)
  const bucket = await startEmptyBucket()
  const touching = setInterval(() => standIn.touchNext(), touchMs)
  try {
    const kubeconfig = await writeStandInKubeconfig(folder, standIn.url, identity)
    const { managementUrl, apiKey } = connector
    const troubles: string[] = []
    const note = ({ level, message }: LogLine) => level !== 'info' && troubles.push(message)
    const service = await startService(folder, kubeconfig, bucket, { managementUrl, apiKey }, note)
    try {
      const laterBytes = await watchMemory(service, watchMs)
      await eventually('every running job to be looked at', () =>
        standIn.lookedAt.size === running.length ? { done: true } : { pending: `${standIn.lookedAt.size} are` },
      )
      if (troubles.length > 0) throw new Error(`the service had ${troubles.length} troubles, such as: ${troubles[0]}`)
      if (standIn.watches() !== 1) throw new Error(`the service has ${standIn.watches()} watches open`)
      if (standIn.unexpected.length > 0) throw new Error(`the service asked for ${standIn.unexpected.join(', ')}`)
      const { readyMs } = service
      const peakBytes = service.memory('VmHWM')
      return { readyMs, peakBytes, laterBytes, asked: connector.asked(), encrypted: identity !== undefined }
    } finally {
      await service.stop()
    }
  } finally {
    clearInterval(touching)
    await standIn.close()
    await connector.close()
    await bucket.close()
  }
}

function startService(
  folder: string,
  kubeconfig: string,
  bucket: EmptyBucket,
  connector: { readonly managementUrl: string; readonly apiKey: string },
  onLog: (line: LogLine) => void,
): Promise<ServiceProcess> {
  return startServiceProcess({
    folder,
    connector,
    onLog,
    environment: {
      DSC_BACKEND: 'kubernetes',
      KUBECONFIG: kubeconfig,
      DSC_KUBERNETES_NAMESPACE: standInNamespace,
      DSC_SIDECAR_IMAGE: 'localhost/sidecar:1',
      ...bucket.environment,
    },
  })
}

/** Looks at a service's memory for a while, and gives the median of the last half of it. */
async function watchMemory(service: ServiceProcess, milliseconds: number): Promise<number> {
  const looks: number[] = []
  const end = performance.now() + milliseconds
  while (performance.now() < end) {
    looks.push(service.memory('VmRSS'))
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
  return median(looks.slice(Math.floor(looks.length / 2)))
}
