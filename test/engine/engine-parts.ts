import type { Backend } from '../../core/ports/backend.ts'
import type { Clock, Ids } from '../../core/ports/clock.ts'
import type { Connector } from '../../core/ports/connector.ts'
import type { JobLimits } from '../../core/limits/job-limits.ts'
import type { Logger } from '../../core/ports/logger.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store } from '../../core/ports/store.ts'
import type { EngineParts, EngineTimes, Push, PushOutcome, Retention } from '../../entrypoint/engine/parts.ts'
import type { Faults } from './faults.ts'
import { readRecord } from './offer.ts'

/** The engine's times in these tests, in milliseconds. */
export const times: EngineTimes = {
  pollMs: 2_000,
  idlePollMs: 30_000,
  attendMs: 10_000,
  uploadTimeoutMs: 3_600_000,
  stopTimeoutMs: 8_000,
}

/** What the service allows in these tests. */
const jobLimits: JobLimits = {
  runningJobs: 1000,
  consumer: { runningJobs: 100, queuedJobs: 1000 },
  consumers: new Map(),
  jobsPerAgreement: 1000,
  queueTimeoutMs: 86_400_000,
}

/** A line that the engine logged. */
export interface LoggedLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** What an engine under test is made with. */
export interface UnderTest {
  readonly store: Store
  readonly backend: Backend
  readonly objects: ObjectStore
  readonly connector: Connector
  readonly clock: Clock
  readonly ids: Ids
  /** Times other than the usual. */
  readonly times: Partial<EngineTimes>
  /** Limits other than the usual. */
  readonly limits?: Partial<JobLimits>
  /** @default everything is kept */
  readonly retention?: Retention
  /** Takes what it logs. */
  readonly log: LoggedLine[]
  /** Pushes results. */
  readonly pusher: { push(push: Push): Promise<PushOutcome> }
}

/** The parts of an engine whose every call of a port passes the faults. */
export function enginePartsOf(under: UnderTest, faults: Faults): EngineParts {
  const store = faults.wrap('store', under.store)
  const { backend, connector, clock, ids } = under
  const pusher = faults.wrap('pusher', under.pusher)
  return {
    installation: 'installation-under-test',
    store,
    backend: faults.wrap('backend', backend),
    objects: faults.wrap('objects', readAtOnce(under.objects)),
    connectors: new Map([[connector.id, faults.wrap('connector', connector)]]),
    clock,
    ids,
    random: () => 0.5,
    logger: loggerInto(under.log),
    times: { ...times, ...under.times },
    ...(under.retention === undefined ? {} : { retention: under.retention }),
    limits: { ...jobLimits, ...under.limits },
    newestAsset: async (id) => readRecord(await store.newestAsset(id)),
    assetVersion: async (id, version) => readRecord(await store.assetVersion(id, version)),
    addressOf: async ({ id, generation }) => ({
      kind: 'gateway',
      url: `https://service.example/results/${id}`,
      token: `${id}.${generation}`,
    }),
    push: (push) => pusher.push(push),
  }
}

/** Reads objects to their end inside the call: what is read of a body later would be no call of the port any more. */
function readAtOnce(objects: ObjectStore): ObjectStore {
  return {
    ...objects,
    async open(key, range) {
      const body = await objects.open(key, range)
      if (body === undefined) return undefined
      const chunks: Uint8Array[] = []
      for await (const chunk of body) chunks.push(chunk)
      return ReadableStream.from(chunks)
    },
  }
}

function loggerInto(log: LoggedLine[]): Logger {
  const line =
    (level: LoggedLine['level']) =>
    (message: string, fields: LoggedLine['fields'] = {}): void => {
      log.push({ level, message, fields })
    }
  return { info: line('info'), warn: line('warn'), error: line('error') }
}
