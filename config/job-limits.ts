import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import type { ConsumerLimits, JobLimits } from '../core/limits/job-limits.ts'
import { readBySchema } from '../core/schema-problems.ts'
import { SettingsError } from './load.ts'
import { readNamedFile } from './read-file.ts'
import type { Settings } from './settings.ts'

const jobs = (most: number) => z.int().min(0).max(most)

/** One consumer of the limits file; what it leaves out is as for everybody. docs/limits.md shows the fields. */
const consumerLimitsSchema = z.strictObject({
  id: z.string().min(1).max(1024).meta({ description: 'Participant id, as agreements name the consumer.' }),
  runningJobs: jobs(100_000)
    .optional()
    .meta({ description: 'In place of `DSC_CONSUMER_RUNNING_JOBS`. With 0 its jobs wait until their queue timeout.' }),
  queuedJobs: jobs(1_000_000)
    .optional()
    .meta({ description: 'In place of `DSC_CONSUMER_QUEUED_JOBS`. With 0 every job is refused.' }),
})

const fileSchema = z.strictObject({ consumers: z.array(consumerLimitsSchema) })

/**
 * How many jobs there may be, from the settings and the limits file that they name.
 * @throws SettingsError with every problem of that file
 */
export function loadJobLimits(settings: Settings): JobLimits {
  const path = settings.DSC_LIMITS_FILE
  return {
    runningJobs: settings.DSC_RUNNING_JOBS,
    consumer: { runningJobs: settings.DSC_CONSUMER_RUNNING_JOBS, queuedJobs: settings.DSC_CONSUMER_QUEUED_JOBS },
    consumers: path === undefined ? new Map() : readConsumers(path),
    jobsPerAgreement: settings.DSC_AGREEMENT_JOBS,
    queueTimeoutMs: settings.DSC_QUEUE_TIMEOUT,
  }
}

function readConsumers(path: string): ReadonlyMap<string, Partial<ConsumerLimits>> {
  const file = readNamedFile(path)
  if (!file.ok) throw new SettingsError([{ where: 'DSC_LIMITS_FILE', message: file.reason }])
  const lines = new LineCounter()
  const document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0) {
    throw new SettingsError(
      document.errors.map(({ pos, message }) => {
        const { line, col } = lines.linePos(pos[0])
        return { where: `${path} line ${line}, column ${col}`, message }
      }),
    )
  }
  const parsed = readBySchema(fileSchema, document.toJS({ maxAliasCount: 0 }))
  if (!parsed.ok)
    throw new SettingsError(
      parsed.problems.map(({ where, message }) => ({ where: `${path} ${where}`.trimEnd(), message })),
    )
  const consumers = new Map<string, Partial<ConsumerLimits>>()
  for (const [index, { id, runningJobs, queuedJobs }] of parsed.value.consumers.entries()) {
    if (consumers.has(id))
      throw new SettingsError([{ where: `${path} consumers[${index}].id`, message: `the id ${id} stands twice` }])
    consumers.set(id, {
      ...(runningJobs === undefined ? {} : { runningJobs }),
      ...(queuedJobs === undefined ? {} : { queuedJobs }),
    })
  }
  return consumers
}
