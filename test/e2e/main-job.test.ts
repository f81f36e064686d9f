import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import { attemptName } from '../../core/job/names.ts'
import { getJob, type ShownJob } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { expectedCounts } from '../support/expected.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { keysBelow, type RealParts, startRealParts } from './real-parts.ts'
import { cleared, exitThree, jobOf, oneFile, severalFiles, terminatedByConsumer, wrongParameters } from './scenario.ts'

// Real EDC pair, real cluster, real MinIO. One service for all tests of this file.

testOnTestbed('the main job on real parts', async (t, testbed) => {
  const parts = await startRealParts(testbed)
  try {
    await Promise.all([oneFile(t, parts), severalFiles(t, parts), wrongParameters(t, parts), exitThree(t, parts)])
    await terminatedByConsumer(t, parts)
    await twentyAtOnce(t, parts)
    await sentAgain(t, parts)
    await notOurs(t, parts)
    t.deepEqual(parts.jobs.present(), [], 'nothing is left in the cluster')
  } catch (error) {
    t.log(
      (await parts.entrypoint.log())
        .split('\n')
        .filter((line) => !line.includes('"msg":"request"'))
        .join('\n'),
    )
    throw error
  } finally {
    await parts.close()
  }
})

/** Twenty transfers at once under one agreement: every result is right, and never more jobs at once than the asset allows. */
async function twentyAtOnce(t: ExecutionContext, parts: RealParts): Promise<void> {
  const { dataspace, jobs } = parts
  const agreement = await dataspace.negotiate(parts.idOf('word-count'))
  const before = jobs.most()
  const numbers = Array.from({ length: 20 }, (_, index) => index + 1)
  const done = await Promise.all(
    numbers.map(async (top) => {
      const transfer = await dataspace.transfer(parts.idOf('word-count'), agreement, { TOP: top })
      await dataspace.consumerReaches(transfer, ['STARTED'], 240_000)
      const response = await dataspace.read(await dataspace.access(transfer))
      return { transfer, top, bytes: Buffer.from(await response.arrayBuffer()) }
    }),
  )
  for (const { top, bytes } of done)
    t.deepEqual(bytes, await expectedCounts({ TOP: String(top) }), `the result for TOP=${top}`)
  t.true(before <= 4 && jobs.most() <= 4, `at most concurrentJobs (4) Jobs at once; there were ${jobs.most()}`)
  for (const { transfer } of done) await cleared(parts, (await jobOf(parts, transfer)).id)
}

/** The same provision request again: in parallel, after the end, after a restart. Always 200, always the same job, never a second one. */
async function sentAgain(t: ExecutionContext, parts: RealParts): Promise<void> {
  const { dataspace, entrypoint, proxy, jobs } = parts
  const agreement = await dataspace.negotiate(parts.idOf('word-count'))
  const transfer = await dataspace.transfer(parts.idOf('word-count'), agreement)
  const first = await jobOf(parts, transfer)
  const message = proxy.passed.findLast(
    (one) => one.path.endsWith('/provision') && one.body.includes(parts.idOf('word-count')),
  )
  const send = async (): Promise<string> => {
    const response = await post(entrypoint.publicUrl, message?.body ?? '')
    return `${response.status} ${await response.text()}`
  }
  const expected = `200 ${JSON.stringify({ jobId: first.id })}`
  t.deepEqual(new Set(await Promise.all(Array.from({ length: 10 }, send))), new Set([expected]), 'ten at once')
  await dataspace.consumerReaches(transfer, ['STARTED'], 120_000)
  t.is(await send(), expected, 'after the job succeeded')
  await cleared(parts, first.id)
  await entrypoint.kill()
  await entrypoint.start()
  t.is(await send(), expected, 'after a restart')
  t.is((await getJob(entrypoint.adminUrl, first.id)).state, 'succeeded')
  t.is(jobs.uids.get(attemptName({ jobId: first.id, attempt: 1 }))?.size, 1)
  t.false(jobs.uids.has(attemptName({ jobId: first.id, attempt: 2 })))
  t.is((await dataspace.consumerTransfer(transfer)).state, 'STARTED', 'the repetition was no deprovision')
}

/** What is not ours: a foreign callback address, an unknown asset, a transfer that the connector does not know. */
async function notOurs(t: ExecutionContext, parts: RealParts): Promise<void> {
  const { entrypoint, proxy, testbed, bucket } = parts
  const template: Record<string, unknown> = JSON.parse(
    // Not just any: a connector goes on asking for what another test left when it gave this port back.
    proxy.passed.find((one) => one.path.endsWith('/provision') && one.body.includes(parts.idOf('word-count')))?.body ??
      '{}',
  )
  const send = (change: Record<string, unknown>): Promise<Response> =>
    post(entrypoint.publicUrl, JSON.stringify({ ...template, transferProcessId: 'nobody-knows-me', ...change }))

  const foreign = await send({ callbackAddress: 'http://127.0.0.1:9/steal-the-key' })
  t.is(foreign.status, 422)
  t.like(await foreign.json(), { code: 'foreign-callback-address' })

  const unknownAsset = await send({ assetId: 'no-such-asset' })
  t.is(unknownAsset.status, 404)
  t.like(await unknownAsset.json(), { code: 'asset-unknown' })

  const accepted = await send({})
  t.is(accepted.status, 200, 'accepting asks nobody back')
  const { jobId } = z.object({ jobId: z.string() }).parse(await accepted.json())
  const job = await settled(parts, jobId)
  t.is(job.state, 'failed')
  t.is(job.failure?.cause, 'refused')
  t.regex(job.failure?.message ?? '', /does not know/)
  t.deepEqual(await keysBelow(testbed, bucket, `jobs/${jobId}/`), [])
}

async function settled(parts: RealParts, jobId: string): Promise<ShownJob> {
  return eventually('the job to be over', async () => {
    const job = await getJob(parts.entrypoint.adminUrl, jobId)
    return ['failed', 'cancelled', 'succeeded'].includes(job.state) ? { done: job } : { pending: `it is ${job.state}` }
  })
}

function post(publicUrl: string, body: string): Promise<Response> {
  return fetch(`${publicUrl}/connectors/provider/provision`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
}
