import { createHash } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { filesPrefix } from '../../core/job/names.ts'
import { getLog } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { clearedUp, failsAsItShould } from './failure-case.ts'
import { startOwnMinio } from './own-minio.ts'
import { startStallingProxy } from './stalling-proxy.ts'
import { type Course, read, type Stage, startStage } from './stage.ts'
import { together } from './together.ts'

/** Bytes of the output of both jobs: three parts. */
const size = 20 * 2 ** 20
const writes = `echo computing; yes dataspace | head -c ${size} > $OUTPUT_DIR/out.txt`
const limits = { outputBytes: '64Mi' } as const

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
    const dies = diesAndComesBack(stage, halfDone, async () => {
      await proxy.held(4)
      await minio.kill()
      proxy.release()
      await stage.cluster.kubectl(['get', 'pods'])
      return minio.start
    })
    await together(t, stage, {
      'the upload goes on': () => goesOn(t, stage, halfDone),
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
      'the store dies': () => dies,
    })
    t.deepEqual(await minio.unfinished(), [], 'no parts are left in the store')
    t.deepEqual(await stage.cluster.objects(), [], 'nothing is left in the cluster')
  } finally {
    await stage.close()
    await proxy.close()
    await minio.close()
  }
})

/** Waits until both uploads are under way, has the store killed, waits until both notice, and has it started. */
async function diesAndComesBack(
  stage: Stage,
  halfDone: Set<string>,
  kill: () => Promise<() => Promise<void>>,
): Promise<void> {
  const start = await kill()
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
  await start()
}

async function goesOn(t: ExecutionContext, stage: Stage, _: Set<string>): Promise<void> {
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
