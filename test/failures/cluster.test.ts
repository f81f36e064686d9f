import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import { filesPrefix, manifestKey } from '../../core/job/names.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { clearedUp, failsAsItShould, failureCause, type FailureCase } from './failure-case.ts'
import { type Course, read, type Stage, startStage } from './stage.ts'
import { type Checks, together } from './together.ts'

const deaf = 'trap "" TERM; echo deaf; while true; do sleep 0.5; done'

/** What ends a worker, or keeps it from starting; what waits longest first. */
const cases: readonly FailureCase[] = [
  {
    // One attempt only, for the test's time: the kubelet looks at the size of volumes once a minute. Below, an eviction is retried.
    name: 'volume-too-large',
    script: 'head -c 3000000 /dev/zero > /tmp/big; echo filled; sleep 300',
    asset: { resources: { ephemeralStorage: '1Mi' }, limits: { timeout: '5m', retries: 0 } },
    cause: 'evicted',
    message: /"tmp"/,
    hint: /resources\.ephemeralStorage/,
    lastLines: 'perhaps', // the kubelet removes the containers of a pod that it evicts,
    attempts: 1,
  },
  {
    name: 'no-such-image',
    asset: { worker: { image: 'localhost/no-such-image:1' }, limits: { startTimeout: '20s' } },
    cause: 'image-pull',
    message: /localhost\/no-such-image:1/,
    hint: /image.*registry/,
    lastLines: 'none',
    attempts: 2,
  },
  {
    name: 'secret-missing',
    asset: { worker: { image: 'localhost/busybox:1', secrets: ['MODEL_KEY'] }, limits: { startTimeout: '20s' } },
    cause: 'secret-missing',
    message: /asset-secret-missing/,
    hint: /worker\.secrets/,
    lastLines: 'none',
    attempts: 1,
  },
  {
    name: 'unschedulable',
    asset: { resources: { cpu: '1000' }, limits: { startTimeout: '8s' } },
    cause: 'unschedulable',
    message: /Insufficient cpu/,
    hint: /resources/,
    lastLines: 'none',
    attempts: 2,
  },
  {
    name: 'exit-code',
    script: 'echo begun; echo something is wrong >&2; exit 3',
    cause: 'exit-code',
    message: /exit code 3\b/,
    hint: /log/,
    exitCode: 3,
    lastLines: /(?=[^]*^begun$)(?=[^]*^something is wrong$)/m, // in either order: they come over two streams
    logs: { worker: /something is wrong/ },
    attempts: 2,
  },
  {
    name: 'signal',
    script: "echo begun; sh -c 'kill -SEGV $$'; exit $?",
    cause: 'exit-code',
    message: /139 \(SIGSEGV\)/,
    hint: /log/,
    exitCode: 139,
    lastLines: /begun/,
    logs: { worker: /begun/ },
    attempts: 2,
  },
  {
    name: 'worker-out-of-memory',
    script: 'echo filling; head -c 100000000 /dev/zero | tail; exit $?',
    asset: { resources: { memory: '16Mi' } },
    cause: 'out-of-memory',
    message: /worker .*memory/,
    hint: /resources\.memory/,
    exitCode: 137,
    lastLines: /filling/,
    logs: { worker: /filling/ },
    attempts: 1,
  },
  {
    name: 'no-such-command',
    asset: { worker: { image: 'localhost/busybox:1', command: ['/no/such/program'] } },
    cause: 'invalid-image',
    message: /\/no\/such\/program/,
    hint: /worker\.command/,
    exitCode: 128,
    lastLines: 'none',
    attempts: 1,
  },
  {
    name: 'invalid-image-name',
    asset: { worker: { image: 'localhost/not..a..name:1' } },
    cause: 'invalid-image',
    message: /localhost\/not\.\.a\.\.name:1/,
    hint: /worker\.image/,
    lastLines: 'none',
    attempts: 1,
  },
  {
    name: 'deadline',
    script: 'trap "echo last words; exit 9" TERM; echo begun; while true; do sleep 0.2; done',
    asset: { limits: { timeout: '2s' } },
    cause: 'deadline',
    message: /limits\.timeout \(2s\)/,
    hint: /limits\.timeout/,
    lastLines: /begun\nlast words/,
    logs: { worker: /last words/ },
    attempts: 1,
  },
  {
    name: 'deadline-ignored',
    script: deaf,
    asset: { limits: { timeout: '2s' } },
    cause: 'deadline',
    message: /limits\.timeout \(2s\)/,
    hint: /limits\.timeout/,
    lastLines: /deaf/,
    logs: { worker: /deaf/ },
    attempts: 1,
  },
]

testOnTestbed('what ends a worker or keeps it from starting, on the cluster', async (t, testbed) => {
  const stage = await startStage(testbed)
  const registry = await silentRegistry(testbed.host)
  try {
    const slow: FailureCase = {
      name: 'start-timeout',
      asset: { worker: { image: `${registry.address}/slow:1` }, limits: { startTimeout: '8s' } },
      cause: 'start-timeout',
      message: /did not start within limits\.startTimeout \(8s\)/,
      hint: /limits\.startTimeout/,
      lastLines: 'none',
      attempts: 2,
    }
    const checks: Checks = Object.fromEntries(
      [slow, ...cases].map((one) => [one.name, () => failsAsItShould(t, stage, one)]),
    )
    const all: Checks = {
      ...checks,
      'pod deleted by hand': () => goesWellTheSecondTime(t, stage, 'deleted', 'node-lost', deletePod),
      'pod evicted': () => goesWellTheSecondTime(t, stage, 'evicted', 'evicted', evictPod),
    }
    await together(t, stage, all, 8) // half of them wait only
    t.deepEqual(await stage.cluster.objects(), [], 'nothing is left in the cluster')
  } finally {
    await stage.close()
    await registry.close()
  }
})

async function deletePod({ cluster }: Stage, pod: string): Promise<void> {
  await cluster.kubectl(['delete', 'pod', pod, '--wait=false'])
}

/** As `kubectl drain` does it. */
async function evictPod({ cluster }: Stage, pod: string): Promise<void> {
  const eviction = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: pod, namespace: cluster.namespace },
  }
  const address = `/api/v1/namespaces/${cluster.namespace}/pods/${pod}/eviction`
  await cluster.kubectl(['create', '--raw', address, '-f', '-'], JSON.stringify(eviction))
}

/** The pod of the first attempt is taken away while its worker runs; the retry that the asset allows brings the result. */
async function goesWellTheSecondTime(
  t: ExecutionContext,
  stage: Stage,
  name: string,
  cause: string,
  takeAway: (stage: Stage, pod: string) => Promise<void>,
): Promise<void> {
  await stage.offer(name, 'echo begun; sleep 8; echo done > $OUTPUT_DIR/out.txt')
  const course = await stage.begin(name)
  const pod = await stage.cluster.containerIs(course.jobId, 'worker', 'running')
  await takeAway(stage, pod.metadata.name)
  await stage.reaches(course, ['succeeded'])
  const access = await stage.connector.started(course.consumerTransferId)
  t.is(await (await read(access)).text(), 'done\n', `${name}: the result`)

  const job = await clearedUp(stage, course)
  t.deepEqual(
    job.attempts.map(({ failure }) => failureCause(failure)),
    [cause, undefined],
    `${name}: attempts`,
  )
  const first = { jobId: course.jobId, attempt: 1 }
  const second = { jobId: course.jobId, attempt: 2 }
  t.deepEqual(await stage.store.keys(filesPrefix(first)), [], `${name}: files of the first attempt`)
  t.deepEqual(await stage.store.keys(manifestKey(first)), [], `${name}: manifest of the first attempt`)
  t.deepEqual(await stage.store.keys(filesPrefix(second)), [`${filesPrefix(second)}out.txt`])
  t.regex(await firstLog(stage, course), /begun/, `${name}: the log of the first attempt`)
}

async function firstLog({ entrypoint }: Stage, { jobId }: Course): Promise<string> {
  const response = await fetch(`${entrypoint.adminUrl}/api/v1/jobs/${jobId}/logs?container=worker&attempt=1`)
  return response.text()
}

/** A registry that takes connections and says nothing: a pull from it neither ends nor fails for a while. */
async function silentRegistry(host: string): Promise<{ address: string; close: () => Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return {
    address: `${host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
