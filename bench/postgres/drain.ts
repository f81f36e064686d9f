import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { openPostgresStore } from '../../entrypoint/stores/postgres/postgres.ts'
import { jsonLogger } from '../../entrypoint/logger.ts'
import { eventually } from '../../test/support/eventually.ts'
import { startPlainConnector } from '../frame/plain-connector.ts'
import { startServiceProcess } from '../frame/service-process.ts'
import { fillStore, type Seed, seededAsset } from '../scale/seed-store.ts'
import type { BenchSchema } from './schema.ts'

const program = fileURLToPath(new URL('../drain/service.ts', import.meta.url))
const deadlineMs = 900_000
/** Limits that let so many jobs of few consumers in. */
const limits = {
  DSC_RUNNING_JOBS: '1000',
  DSC_CONSUMER_RUNNING_JOBS: '1000',
  DSC_CONSUMER_QUEUED_JOBS: '100000',
  DSC_AGREEMENT_JOBS: '100000',
}

/** Fills a database. @returns the ids of the jobs that run */
export async function fillDatabase({ url }: BenchSchema, seed: Seed): Promise<readonly string[]> {
  const { store } = await openPostgresStore({ url, ids: { next: randomUUID }, logger: jsonLogger('warn') })
  try {
    return await fillStore(store, seed)
  } finally {
    await store.close()
  }
}

/** How long the service takes for queued jobs until each has its result and its connector knows, in seconds. */
export async function drain(
  folder: string,
  schema: BenchSchema,
  queued: number,
  say: (line: string) => void,
): Promise<{ readonly seconds: number; readonly asked: number; readonly peakBytes: number }> {
  await mkdir(folder, { recursive: true })
  await fillDatabase(schema, { over: 0, running: 0, queued })
  say(`${queued} jobs are queued`)
  const connector = await startPlainConnector(seededAsset)
  const begun = performance.now()
  const service = await startServiceProcess({
    folder,
    program,
    connector: { managementUrl: connector.managementUrl, apiKey: connector.apiKey },
    environment: {
      DSC_DATABASE_URL: schema.url,
      DSC_BACKEND: 'local',
      DSC_OBJECT_STORE: 'directory',
      DSC_LOG_LEVEL: 'warn',
      ...limits,
    },
  })
  try {
    let told = 0
    await eventually(
      'every job to be drained',
      async () => {
        const [row] = await schema.query(`
          SELECT count(*) FILTER (WHERE state = 'succeeded')::integer AS done, count(*) FILTER (WHERE holds_slot = 1)::integer AS held,
            (SELECT count(*)::integer FROM callbacks) AS callbacks FROM jobs`)
        const [done, held, callbacks] = [Number(row?.['done']), Number(row?.['held']), Number(row?.['callbacks'])]
        if (done >= told + queued / 5) say(`${(told = done)} are done`)
        return done === queued && held === 0 && callbacks === 0
          ? { done: true }
          : { pending: `${done} of ${queued} are done, ${held} hold a slot, ${callbacks} callbacks wait` }
      },
      { deadlineMs, pauseMs: 1_000 },
    )
    return { seconds: (performance.now() - begun) / 1000, asked: connector.asked(), peakBytes: service.memory('VmHWM') }
  } finally {
    await service.stop()
    await connector.close()
  }
}
