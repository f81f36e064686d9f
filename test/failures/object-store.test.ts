import { createHash } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { filesPrefix } from '../../core/job/names.ts'
import { getLog } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { clearedUp, failsAsItShould, failureCause } from './failure-case.ts'
import { startOwnMinio } from './own-minio.ts'
import { startStallingProxy } from './stalling-proxy.ts'
import { type Course, read, type Stage, startStage } from './stage.ts'
import { together } from './together.ts'

/** Bytes of the output of both jobs: three parts. */
const size = 20 * 2 ** 20
const writes = `echo computing; yes dataspace | head -c ${size} > $OUTPUT_DIR/out.txt`
const limits = { outputBytes: '64Mi' } as const

// Such a sidecar cannot give up the parts that it has sent; the retry that the asset allows brings the result.
testOnTestbed(
  'the pod is deleted in the middle of an upload and cannot reach the store any more',
  async (t, testbed) => {
    const minio = await startOwnMinio(testbed)
    const proxy = await startStallingProxy(testbed.host, minio.objectStore.endpoint, 4 * 2 ** 20)
    const stage = await startStage(testbed, {
      objectStore: minio.objectStore,
      environment: { S3_POD_ENDPOINT: proxy.endpoint },
    })
    const deleted = async (): Promise<void> => {
      await stage.offer('upload-killed', writes, { limits })
      const course = await stage.begin('upload-killed')
      await proxy.held(3)
      const pod = await stage.cluster.containerIs(course.jobId, 'upload', 'running')
      t.not((await minio.unfinished()).length, 0, 'parts are in the store')
      proxy.refuse()
      await stage.cluster.kubectl(['delete', 'pod', pod.metadata.name]) // returns when its containers have ended
      t.not((await minio.unfinished()).length, 0, 'and stay there')
      proxy.release()
      const job = await stage.reaches(course, ['succeeded'])
      t.deepEqual(
        job.attempts.map(({ failure }) => failureCause(failure)),
        ['node-lost', undefined],
      )
      await clearedUp(stage, course)
      const first = filesPrefix({ jobId: course.jobId, attempt: 1 })
      t.deepEqual(await stage.store.keys(first), [], 'no files of the first attempt')
      t.deepEqual(await minio.unfinished(), [], 'no parts of the first attempt')
    }
    try {
      await together(t, stage, { 'the pod is deleted': deleted }, 1)
      t.deepEqual(await stage.cluster.objects(), [], 'nothing is left in the cluster')
    } finally {
      await stage.close()
      await proxy.close()
      await minio.close()
    }
  },
)

// The store dies while two uploads are half done, and comes back. One goes on; the file of the other changed in between.
testOnTestbed('the object store is killed in the middle of uploads and comes back', async (t, testbed) => {
  const minio = await startOwnMinio(testbed)
  const proxy = await startStallingProxy(testbed.host, minio.objectStore.endpoint, 4 * 2 ** 20)
  const stage = await startStage(testbed, {
    objectStore: minio.objectStore,
    environment: { S3_POD_ENDPOINT: proxy.endpoint },
  })
  try {
    const halfDone = new Set<string>()
    const dies = async (): Promise<void> => {
      await proxy.held(4) // of one upload there are three at most
      await minio.kill()
      proxy.release()
      await bothNoticed(stage, halfDone)
      await minio.start()
    }
    await together(
      t,
      stage,
      {
        'the upload goes on': () => goesOn(t, stage),
        'the file changed': () =>
          failsAsItShould(t, stage, {
            name: 'output-changes',
            script: writes,
            asset: { limits },
            meddle: (_, course) => changeWhileStalled(stage, course, halfDone),
            cause: 'invalid-output',
            message: /out\.txt changed while it was uploaded/,
            hint: /regular files/,
            lastLines: /invalid-output: .*out\.txt/,
            logs: { worker: /computing/, upload: /changed/ },
            attempts: 1,
          }),
        'the store dies': dies,
      },
      3,
    )
    t.deepEqual(await minio.unfinished(), [], 'no parts are left in the store')
    t.deepEqual(await stage.cluster.objects(), [], 'nothing is left in the cluster')
  } finally {
    await stage.close()
    await proxy.close()
    await minio.close()
  }
})

/** Waits until both uploads have seen that the store is away, and the file of one is changed. */
async function bothNoticed(stage: Stage, halfDone: ReadonlySet<string>): Promise<void> {
  await eventually(
    'both uploads to notice, and the file to be changed',
    async () => {
      const pods = await stage.cluster.objects('pod/')
      const logs = await Promise.all(
        pods.map((pod) => stage.cluster.kubectl(['logs', pod, '-c', 'upload']).catch(() => '')),
      )
      const noticed = logs.filter((log) => /ECONNREFUSED|ECONNRESET|socket hang up|tried again/i.test(log)).length
      return noticed === 2 && halfDone.has('changed') ? { done: true } : { pending: `${noticed}: ${logs.join(' | ')}` }
    },
    { deadlineMs: 60_000, pauseMs: 500 },
  )
}

async function goesOn(t: ExecutionContext, stage: Stage): Promise<void> {
  await stage.offer('upload-goes-on', writes, { limits })
  const course = await stage.begin('upload-goes-on')
  const job = await stage.reaches(course, ['succeeded'])
  t.is(job.attempts.length, 1, 'nothing was computed again')
  const access = await stage.connector.started(course.consumerTransferId)
  const bytes = Buffer.from(await (await read(access)).arrayBuffer())
  t.is(bytes.length, size)
  const digest = createHash('sha256')
    .update('dataspace\n'.repeat(Math.ceil(size / 10)).slice(0, size))
    .digest('hex')
  t.is(createHash('sha256').update(bytes).digest('hex'), digest, 'the bytes that the worker wrote')
  t.is(job.result?.files[0]?.sha256, digest)
  await clearedUp(stage, course)
  const prefix = filesPrefix({ jobId: course.jobId, attempt: 1 })
  t.deepEqual(await stage.store.keys(prefix), [`${prefix}out.txt`])
  t.regex(await getLog(stage.entrypoint.adminUrl, course.jobId, 'upload'), /object store/, 'the log tells of the pause')
}

/** Somebody with rights on the pod writes into its output volume, from a container of his own. */
async function changeWhileStalled({ cluster }: Stage, { jobId }: Course, halfDone: Set<string>): Promise<void> {
  const pod = await cluster.containerIs(jobId, 'upload', 'running')
  const security = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  }
  const intruder = {
    name: 'intruder',
    image: 'localhost/busybox:1',
    command: ['/bin/sh', '-c', 'echo one line more >> /outputs/out.txt'],
    securityContext: security,
    volumeMounts: [{ name: 'outputs', mountPath: '/outputs' }],
  }
  await cluster.kubectl([
    'patch',
    'pod',
    pod.metadata.name,
    '--subresource=ephemeralcontainers',
    '--type=strategic',
    '-p',
    JSON.stringify({ spec: { ephemeralContainers: [intruder] } }),
  ])
  await eventually(
    'the file to be changed',
    async () => {
      const state = await cluster.kubectl([
        'get',
        'pod',
        pod.metadata.name,
        '-o',
        'jsonpath={.status.ephemeralContainerStatuses[0].state.terminated.exitCode}',
      ])
      return state === '0' ? { done: true } : { pending: `the container ended with ${JSON.stringify(state)}` }
    },
    { deadlineMs: 30_000, pauseMs: 200 },
  )
  halfDone.add('changed')
}
