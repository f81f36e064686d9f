import { Client, S3Error } from 'minio'
import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import { attemptName, attemptPrefix, filesPrefix, manifestKey } from '../../core/job/names.ts'
import { ended, removed, shellPlan, type Stage, stepWhere, testOnStage } from '../kubernetes/support.ts'

const taskSchema = z.object({
  store: z.object({
    endpoint: z.string(),
    bucket: z.string(),
    accessKey: z.string(),
    secretKey: z.string(),
    sessionToken: z.string(),
  }),
})

/** The very credentials of an attempt, as a cluster's administrator finds them; from outside of the cluster. */
async function stolen(stage: Stage, name: string) {
  const data = await stage.kubectl('get', 'secret', name, '-o', 'jsonpath={.data.task\\.json}')
  const { store } = taskSchema.parse(JSON.parse(Buffer.from(data, 'base64').toString()))
  const { hostname, port } = new URL(store.endpoint)
  const { accessKey, secretKey, sessionToken, bucket } = store
  const given = { endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey, sessionToken }
  return { bucket, client: new Client({ ...given, retryOptions: { disableRetry: true } }) }
}

async function refused(t: ExecutionContext, what: string, attempt: () => Promise<unknown>, codes: readonly string[]) {
  const error = await attempt().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  t.true(error instanceof S3Error, `${what}: ${String(error)}`)
  t.true(
    error instanceof S3Error && codes.includes(error.code ?? ''),
    `${what}: ${error instanceof S3Error ? error.code : ''}`,
  )
}

const denied = ['AccessDenied']
/** How MinIO refuses credentials that it took back. */
const unknown = ['InvalidAccessKeyId', 'InvalidTokenId', 'AccessDenied']

testOnStage('the credentials of an attempt open its own prefix for writing, and nothing else', async (t, stage) => {
  await stage.objects.put('assets/bundle/model', new TextEncoder().encode('model'), 'text/plain')
  await stage.objects.put('assets/other/model', new TextEncoder().encode('secret'), 'text/plain')
  const source = { kind: 'bundled', key: 'assets/bundle/model' } as const
  const plan = shellPlan('sleep 3; echo done > $OUTPUT_DIR/out.txt', {
    inputs: [{ name: 'model', kind: 'file', source, maximumBytes: 100 }],
  })
  const other = { jobId: '11111111-1111-4111-8111-111111111111', attempt: 1 }
  await stage.objects.put(`${filesPrefix(other)}out.txt`, new TextEncoder().encode('another’s'), 'text/plain')
  await stage.backend.launch(plan)
  await stepWhere(stage.backend, plan.ref, ({ phase }) => phase === 'running')
  const { client, bucket } = await stolen(stage, attemptName(plan.ref))
  const own = `${filesPrefix(plan.ref)}stolen.txt`
  const put = (key: string) => client.putObject(bucket, key, 'x')
  const get = async (key: string) => (await client.getObject(bucket, key)).destroy()

  await t.notThrowsAsync(put(own), 'what it is for')
  await t.notThrowsAsync(get('assets/bundle/model'), 'its input')
  const forbidden: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['writing another job’s files', () => put(`${filesPrefix(other)}out.txt`)],
    ['writing another attempt’s files', () => put(`${filesPrefix({ ...plan.ref, attempt: 2 })}out.txt`)],
    ['writing a longer number', () => put(`jobs/${plan.ref.jobId}/attempts/11/files/out.txt`)],
    ['writing an asset', () => put('assets/bundle/model')],
    ['writing at the top', () => put('x')],
    ['writing around', () => put(`${attemptPrefix(plan.ref)}../2/files/out.txt`)],
    ['reading its own file', () => get(own)],
    ['reading another job’s file', () => get(`${filesPrefix(other)}out.txt`)],
    ['reading another asset', () => get('assets/other/model')],
    ['removing its own file', () => client.removeObject(bucket, own)],
    ['removing another’s file', () => client.removeObject(bucket, `${filesPrefix(other)}out.txt`)],
    ['listing', () => Array.fromAsync(client.listObjectsV2(bucket, '', true))],
    ['listing its own', () => Array.fromAsync(client.listObjectsV2(bucket, attemptPrefix(plan.ref), true))],
    ['listing buckets', () => client.listBuckets()],
    ['making a bucket', () => client.makeBucket(`${bucket}-x`)],
    ['removing the bucket', () => client.removeBucket(bucket)],
    ['the bucket’s policy', () => client.getBucketPolicy(bucket)],
    ['opening the bucket', () => client.setBucketPolicy(bucket, '{"Version":"2012-10-17","Statement":[]}')],
    ['copying from elsewhere', () => client.copyObject(bucket, own, `/${bucket}/assets/other/model`)],
  ]
  for (const [what, attempt] of forbidden) {
    const listed = what === 'listing buckets'
    if (listed) t.deepEqual(await client.listBuckets().catch(() => []), [], 'no bucket is shown')
    else await refused(t, what, attempt, what === 'writing around' ? [...denied, 'XMinioInvalidResourceName'] : denied)
  }

  // The pod ended and its objects are gone; the credentials are taken back as the engine does it then.
  t.is((await ended(stage.backend, plan.ref)).phase, 'stored')
  await removed(stage.backend, plan.ref)
  await t.notThrowsAsync(put(own), 'until then they open what they opened')
  t.true(await stage.objects.withdraw?.({ writePrefix: attemptPrefix(plan.ref) }))
  await refused(t, 'writing after the end', () => put(own), unknown)
  await refused(t, 'a new manifest after the end', () => put(manifestKey(plan.ref)), unknown)
  await refused(t, 'reading its input after the end', () => get('assets/bundle/model'), unknown)
  t.true(await stage.objects.withdraw?.({ writePrefix: attemptPrefix(plan.ref) }), 'again, which changes nothing')
})

testOnStage('taking back the credentials of one attempt leaves those of others alone', async (t, stage) => {
  const plans = [shellPlan('sleep 4; echo a > $OUTPUT_DIR/out.txt'), shellPlan('sleep 4; echo b > $OUTPUT_DIR/out.txt')]
  for (const plan of plans) await stage.backend.launch(plan)
  const [first, second] = plans
  if (first === undefined || second === undefined) return
  await stage.objects.withdraw?.({ writePrefix: attemptPrefix(first.ref) })
  const [one, two] = await Promise.all(
    plans.map(({ ref }) => stepWhere(stage.backend, ref, ({ phase }) => phase === 'failed' || phase === 'stored')),
  )
  t.is(one?.phase, 'failed')
  t.is(two?.phase, 'stored')
  for (const { ref } of plans) await removed(stage.backend, ref)
})
