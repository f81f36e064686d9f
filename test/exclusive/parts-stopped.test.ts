import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { eventually } from '../support/eventually.ts'
import type { Testbed } from '../support/testbed.ts'
import { type Course, type Stage, startStage } from '../failures/stage.ts'
import { exclusiveTest } from './exclusive-test.ts'
import { testbedProcess, type TestbedProcess } from './testbed-process.ts'

/** Jobs that run while something happens to the cluster; each must end well in its first attempt, and nothing may be left. */
async function underLoad(
  t: ExecutionContext,
  testbed: Testbed,
  happens: (parts: Readonly<Record<'apiServer' | 'etcd', TestbedProcess>>, stage: Stage) => Promise<void>,
): Promise<void> {
  const folder = dirname(testbed.kubeconfig)
  const parts = {
    apiServer: await testbedProcess(join(folder, 'apiserver.pid')),
    etcd: await testbedProcess(join(folder, 'etcd.pid')),
  }
  const stage = await startStage(testbed)
  try {
    await stage.offer('stopped', 'sleep 3; echo done > $OUTPUT_DIR/out.txt', { limits: { retries: 0 } })
    const courses: Course[] = []
    for (let count = 0; count < 3; count += 1) courses.push(await stage.begin('stopped'))
    await happens(parts, stage)
    for (const course of courses) {
      const job = await stage.reaches(course, ['succeeded'], 180_000)
      t.is(job.attempts.length, 1)
      await stage.connector.started(course.consumerTransferId)
      stage.connector.terminate(course.consumerTransferId, 'done')
    }
    await eventually(
      'nothing to be left in the cluster',
      async () => {
        const left = await stage.cluster.objects()
        return left.length === 0 ? { done: undefined } : { pending: left.join(', ') }
      },
      { deadlineMs: 60_000, pauseMs: 500 },
    )
  } finally {
    for (const part of Object.values(parts)) part.resume()
    await stage.close()
  }
}

/** Waits until all of its start-up is over: an API server that finds no etcd while it starts ends itself, and nobody starts it here. */
async function answersAgain({ cluster }: Stage): Promise<void> {
  await eventually(
    'the API server to be ready again',
    async () => {
      const answer = await cluster.kubectl(['get', '--raw', '/readyz']).catch((error: unknown) => String(error))
      return answer === 'ok' ? { done: undefined } : { pending: answer }
    },
    { deadlineMs: 90_000, pauseMs: 500 },
  )
}

exclusiveTest('the API server and etcd hang for seconds while jobs run', async (t, testbed) => {
  await underLoad(t, testbed, async ({ apiServer, etcd }, stage) => {
    for (const part of [apiServer, etcd]) {
      part.pause()
      await pause(5_000)
      part.resume()
      await answersAgain(stage)
    }
  })
})

exclusiveTest('the API server and etcd are killed and started again while jobs run', async (t, testbed) => {
  await underLoad(t, testbed, async ({ apiServer, etcd }, stage) => {
    for (const part of [apiServer, etcd]) {
      await part.restart()
      await answersAgain(stage)
    }
  })
})
