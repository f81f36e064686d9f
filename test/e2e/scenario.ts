import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import { registerAssetFolder } from '../../demo/register-asset.ts'
import { type Dataspace, ENDED } from '../support/dataspace.ts'
import { type Entrypoint, getJob, getLog, listJobs, type ShownJob } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { assetFolder, expectedCounts } from '../support/expected.ts'

/** A dataspace with the service beside its provider. */
export interface Scene {
  readonly dataspace: Dataspace
  readonly entrypoint: Entrypoint
  /** Id under which this scene offers an example: connectors that several test files share keep one asset per id. */
  readonly idOf: (example: 'word-count' | 'linear-regression') => string
}

const listingSchema = z.object({
  files: z.array(z.object({ path: z.string(), size: z.number(), sha256: z.string(), href: z.string() }).loose()),
  totalBytes: z.number(),
})

/** Registers both examples and offers them in the catalogue. */
export async function offerExamples({ dataspace, entrypoint, idOf }: Scene): Promise<void> {
  for (const name of ['word-count', 'linear-regression'] as const) {
    await registerAssetFolder(entrypoint.adminUrl, assetFolder(name), idOf(name))
    await dataspace.publish({ assetId: idOf(name) })
  }
}

/** The job that serves a consumer's transfer. */
export async function jobOf({ dataspace, entrypoint }: Scene, consumerTransferId: string): Promise<ShownJob> {
  return eventually('the job of the transfer', async () => {
    const provider = await dataspace.providerTransfer(consumerTransferId)
    if (provider === undefined) return { pending: 'the provider does not know the transfer yet' }
    const log = await entrypoint.log()
    const line = log.split('\n').find((one) => one.includes('transfer accepted') && one.includes(provider['@id']))
    if (line === undefined) return { pending: 'the service has not accepted it yet' }
    return { done: await getJob(entrypoint.adminUrl, z.object({ jobId: z.string() }).parse(JSON.parse(line)).jobId) }
  })
}

/** Waits until nothing of a job is left on the backend. */
export async function cleared({ entrypoint }: Scene, jobId: string): Promise<ShownJob> {
  return eventually(
    `the objects of job ${jobId} to be gone`,
    async () => {
      const job = await getJob(entrypoint.adminUrl, jobId)
      return job.attempts.every((attempt) => attempt.objectsRemoved)
        ? { done: job }
        : { pending: JSON.stringify(job.attempts) }
    },
    { deadlineMs: 60_000 },
  )
}

/** One file: negotiated, computed with the consumer's parameters, pulled through the provider's data plane. */
export async function oneFile(t: ExecutionContext, scene: Scene): Promise<void> {
  const { dataspace, entrypoint, idOf } = scene
  const agreement = await dataspace.negotiate(idOf('word-count'))
  const transfer = await dataspace.transfer(idOf('word-count'), agreement, { TOP: 3 })
  await dataspace.consumerReaches(transfer, ['STARTED'], 120_000)
  const access = await dataspace.access(transfer)
  const response = await dataspace.read(access)
  t.is(response.status, 200)
  t.deepEqual(
    Buffer.from(await response.arrayBuffer()),
    await expectedCounts({ TOP: '3' }),
    'the bytes that the worker wrote',
  )
  const job = await jobOf(scene, transfer)
  t.is(job.state, 'succeeded')
  t.is(job.consumerId, 'consumer')
  t.deepEqual(job.parameters, { TOP: '3' })
  t.deepEqual(
    job.result?.files.map((file) => file.path),
    ['counts.json'],
  )
  t.is((await cleared(scene, job.id)).attempts.length, 1)
  t.regex(await getLog(entrypoint.adminUrl, job.id, 'upload'), /counts\.json/)
}

/** Several files: a listing at the address, each file read by its path through the data plane. */
export async function severalFiles(t: ExecutionContext, { dataspace, idOf }: Scene): Promise<void> {
  const agreement = await dataspace.negotiate(idOf('linear-regression'))
  const transfer = await dataspace.transfer(idOf('linear-regression'), agreement, { EPOCHS: 7 })
  await dataspace.consumerReaches(transfer, ['STARTED'], 120_000)
  const access = await dataspace.access(transfer)
  const listing = listingSchema.parse(await (await dataspace.read(access)).json())
  t.deepEqual(
    listing.files.map((file) => file.path),
    ['metrics.csv', 'model.json', 'plots/loss.svg'],
  )
  for (const file of listing.files) {
    const response = await dataspace.read(access, `/${file.href}`)
    const bytes = new Uint8Array(await response.arrayBuffer())
    t.is(bytes.byteLength, file.size)
    t.is(Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex'), file.sha256)
  }
  const model = z
    .looseObject({ epochs: z.number() })
    .parse(await (await dataspace.read(access, '/files/model.json')).json())
  t.is(model.epochs, 7)
}

/** Parameters that the asset's schema refuses end the transfer with that cause, before anything runs. */
export async function wrongParameters(t: ExecutionContext, scene: Scene): Promise<void> {
  const { dataspace, idOf } = scene
  const agreement = await dataspace.negotiate(idOf('word-count'))
  const transfer = await dataspace.transfer(idOf('word-count'), agreement, { TOP: 'many', COLOUR: 'red' })
  await dataspace.consumerReaches(transfer, ['TERMINATED'])
  const provider = await dataspace.providerReaches(transfer, ENDED)
  t.regex(provider.errorDetail ?? '', /invalid-parameters: .*TOP must be integer/)
  const job = await jobOf(scene, transfer)
  t.is(job.state, 'failed')
  t.is(job.failure?.cause, 'invalid-parameters')
  t.regex(job.failure?.message ?? '', /COLOUR is no parameter/)
  t.deepEqual(job.attempts, [], 'nothing was started for it')
}

/** The worker exits with 3: cause, message, last lines and hint for the provider; the transfer ends; the log stays. */
export async function exitThree(t: ExecutionContext, scene: Scene): Promise<void> {
  const { dataspace, entrypoint, idOf } = scene
  const agreement = await dataspace.negotiate(idOf('linear-regression'))
  const transfer = await dataspace.transfer(idOf('linear-regression'), agreement, { LEARNING_RATE: 1 })
  await dataspace.consumerReaches(transfer, ['TERMINATED'], 120_000)
  const job = await jobOf(scene, transfer)
  t.is(job.state, 'failed')
  t.is(job.failure?.cause, 'exit-code')
  t.is(job.failure?.exitCode, 3)
  t.regex(job.failure?.message ?? '', /exit.*3/)
  t.true((job.failure?.hint ?? '').length > 0)
  t.regex(job.failure?.lastLogLines?.join('\n') ?? '', /the training diverges/)
  const provider = await dataspace.providerReaches(transfer, ENDED)
  t.regex(provider.errorDetail ?? '', /exit-code/)
  await cleared(scene, job.id)
  t.regex(
    await getLog(entrypoint.adminUrl, job.id, 'worker'),
    /LEARNING_RATE=1 is too large/,
    'readable after the pod is gone',
  )
}

/** The consumer ends its transfer while the result is open: the address closes and the result is removed. */
export async function terminatedByConsumer(t: ExecutionContext, scene: Scene): Promise<void> {
  const { dataspace, entrypoint, idOf } = scene
  const agreement = await dataspace.negotiate(idOf('word-count'))
  const transfer = await dataspace.transfer(idOf('word-count'), agreement)
  await dataspace.consumerReaches(transfer, ['STARTED'], 120_000)
  const job = await jobOf(scene, transfer)
  await dataspace.terminate(transfer, 'seen enough')
  await eventually('the result to be removed', async () => {
    const shown = await getJob(entrypoint.adminUrl, job.id)
    return typeof shown.result?.['removedAt'] === 'string' ? { done: true } : { pending: JSON.stringify(shown.result) }
  })
  t.is((await listJobs(entrypoint.adminUrl)).find((one) => one.id === job.id)?.state, 'succeeded')
}
