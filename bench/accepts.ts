import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ComputeAssetDocument } from '../core/asset/schema.ts'
import { registerAssetFolder } from '../demo/register-asset.ts'
import { provisionRequest } from '../demo/simulated-connector/recordings.ts'
import { bareAppends, bareTransactions } from './accepts/limits.ts'
import { type Message, postMessages } from './accepts/post-messages.ts'
import type { Benchmark, Context, Measured } from './frame/benchmark.ts'
import { type PlainConnector, startPlainConnector } from './frame/plain-connector.ts'
import { databaseName, type ServiceProcess, startServiceProcess } from './frame/service-process.ts'
import { median, samplesOf } from './frame/statistics.ts'

const inFlight = 32
const assetId = 'patience'

/** How fast the service takes provision messages: each is on disk before its answer. */
export const accepts: Benchmark = {
  name: 'accepts',
  title: 'durable accepts through the public listener, 32 messages in flight',
  needs: 'nothing',
  run: measure,
}

interface Round {
  readonly perSecond: number
  readonly latencies: readonly number[]
  readonly appends: number
  readonly transactions: number
}

async function measure({ folder, quick, say }: Context): Promise<Measured> {
  const count = quick ? 64 : 2_000
  const rounds: Round[] = []
  for (let number = 0; number < (quick ? 1 : 5); number++) {
    const round = await measureRound(join(folder, String(number)), count)
    const [rate, limit] = [round.perSecond, round.transactions].map(Math.round)
    say(`${rate} accepts/s beside ${limit} bare transactions/s and ${Math.round(round.appends)} bare appends/s`)
    rounds.push(round)
  }
  const latencies = samplesOf(rounds.flatMap((round) => round.latencies))
  const perSecond = samplesOf(rounds.map((round) => round.perSecond))
  const of = (pick: (round: Round) => number) => median(rounds.map(pick))
  return {
    figures: [
      {
        what: 'durable accepts',
        value: perSecond.p50,
        unit: '/s',
        samples: perSecond,
        aim: { kind: 'at-least', value: 200 },
        beside: { what: 'bare SQLite transactions', value: of(({ transactions }) => transactions) },
      },
      {
        what: 'durable accepts',
        value: perSecond.p50,
        unit: '/s',
        samples: perSecond,
        beside: { what: 'bare synchronised appends', value: of(({ appends }) => appends) },
      },
      {
        what: 'time to the answer, p99',
        value: latencies.p99,
        unit: 'ms',
        samples: latencies,
        aim: { kind: 'at-most', value: 100 },
      },
    ],
    notes: [
      `rounds: ${rounds.length}, of ${count} messages, each with a new database; before each round the limits, on the same disk, one after the other`,
      'beside accepting, the service verifies with the connector what it accepted, which costs further transactions',
      'after each round another process must find every job that was answered for in the database',
    ],
  }
}

async function measureRound(folder: string, count: number): Promise<Round> {
  await writeAsset(join(folder, 'assets', assetId))
  const connector = await startPlainConnector(assetId)
  try {
    const message = (): string => provision(connector)
    const appends = bareAppends(folder, message(), count)
    const transactions = bareTransactions(folder, message(), count)
    const service = await start(folder, connector)
    try {
      await registerAssetFolder(service.adminUrl, join(folder, 'assets', assetId))
      const url = `${service.publicUrl}/connectors/provider/provision`
      const messages = (some: number): Message[] => Array.from({ length: some }, () => ({ url, body: message() }))
      const warmUp = Math.min(200, count)
      await postMessages(messages(warmUp), inFlight)
      const { latencies, milliseconds } = await postMessages(messages(count), inFlight)
      assertKept(join(folder, databaseName), warmUp + count)
      return { perSecond: count / (milliseconds / 1000), latencies, appends, transactions }
    } finally {
      await service.stop()
    }
  } finally {
    await connector.close()
  }
}

function provision({ managementUrl }: PlainConnector): string {
  const ids = { providerTransferId: randomUUID(), resourceDefinitionId: randomUUID() }
  return JSON.stringify(provisionRequest({ assetId, callbackAddress: `${managementUrl}/callback`, ...ids }))
}

/** An asset with one slot, whose first job keeps it: workers' processes would be measured with the accepts. */
async function writeAsset(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const asset: ComputeAssetDocument = {
    apiVersion: 'dataspace-compute/v1',
    kind: 'ComputeAsset',
    metadata: { id: assetId, version: '1.0.0', title: 'Patience' },
    worker: { image: 'localhost/busybox:1', command: ['sleep'], local: { directory: '.', command: ['sleep', '600'] } },
    outputs: [{ name: 'never', kind: 'file', required: true }],
    resources: { cpu: '1', memory: '64Mi', ephemeralStorage: '64Mi' },
    limits: { timeout: '1h', concurrentJobs: 1, jobsPerAgreement: 1 },
  }
  await writeFile(join(folder, 'asset.yaml'), JSON.stringify(asset))
}

function start(folder: string, { managementUrl, apiKey }: PlainConnector): Promise<ServiceProcess> {
  return startServiceProcess({
    folder,
    connector: { managementUrl, apiKey },
    environment: {
      DSC_BACKEND: 'local',
      DSC_LOCAL_ASSETS: join(folder, 'assets'),
      DSC_LOCAL_DIRECTORY: join(folder, 'work'),
      DSC_OBJECT_STORE: 'directory',
      DSC_OBJECT_DIRECTORY: join(folder, 'objects'),
    },
  })
}

function assertKept(database: string, expected: number): void {
  const opened = new DatabaseSync(database)
  try {
    const kept = Number(opened.prepare('SELECT count(*) AS kept FROM jobs').get()?.['kept'])
    if (kept !== expected) throw new Error(`the database holds ${kept} jobs, and ${expected} were answered for`)
  } finally {
    opened.close()
  }
}
