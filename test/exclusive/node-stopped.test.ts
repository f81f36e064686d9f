import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { eventually } from '../support/eventually.ts'
import { type Stage, startStage } from '../failures/stage.ts'
import { together } from '../failures/together.ts'
import type { Testbed } from '../support/testbed.ts'
import { exclusiveTest } from './exclusive-test.ts'

exclusiveTest('the node stops: what runs on it is lost, and the slot is free when it is back', nodeStops)

async function nodeStops(t: ExecutionContext, testbed: Testbed): Promise<void> {
  const stage = await startStage(testbed)
  const folder = dirname(testbed.kubeconfig)
  const kubelet = Number.parseInt(await readFile(join(folder, 'kubelet.pid'), 'utf8'), 10) // its start time follows the id
  try {
    await together(t, stage, { 'node stopped': () => isLost(t, stage, kubelet) }, 1)
    t.deepEqual(await stage.cluster.objects(), [], 'nothing is left in the cluster')
  } finally {
    process.kill(kubelet, 'SIGCONT')
    await nodeBecomes(stage, 'True')
    await stage.cluster.kubectl(['taint', 'nodes', '--all', `${unreachable}-`]).catch(() => undefined) // gone by itself
    await nodeBecomes(stage, 'True', '')
    await stage.close()
  }
}

const unreachable = 'node.kubernetes.io/unreachable:NoExecute'

/** Waits for the node's condition Ready, and for its taints where they are given. */
async function nodeBecomes(stage: Stage, ready: 'True' | 'Unknown', taints?: string): Promise<void> {
  const path = '{.items[0].status.conditions[?(@.type=="Ready")].status} {.items[0].spec.taints}'
  await eventually(
    `the node’s condition Ready to be ${ready}`,
    async () => {
      const seen = (await stage.cluster.kubectl(['get', 'nodes', '-o', `jsonpath=${path}`])).trim()
      const [condition = '', ...rest] = seen.split(' ')
      const as = condition === ready && (taints === undefined || rest.join(' ') === taints)
      return as ? { done: true } : { pending: seen }
    },
    { deadlineMs: 120_000, pauseMs: 500 },
  )
}

/**
 * The node controller finds out after some 50 s that nobody reports from the node, and taints it; two seconds later the pod is given
 * up. Where it was the only node, the controller may take it for trouble of its own and taint nothing: then we do, in its place.
 */
async function isLost(t: ExecutionContext, stage: Stage, kubelet: number): Promise<void> {
  const gone = (key: string) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 2 }) as const
  await stage.offer('node-stopped', 'echo begun; sleep 300', {
    placement: { tolerations: [gone('node.kubernetes.io/unreachable'), gone('node.kubernetes.io/not-ready')] },
    limits: { retries: 0, timeout: '10m' },
  })
  const course = await stage.begin('node-stopped')
  await stage.reaches(course, ['running'])
  process.kill(kubelet, 'SIGSTOP')
  await nodeBecomes(stage, 'Unknown')
  await stage.cluster.kubectl(['taint', 'nodes', '--all', '--overwrite', unreachable])
  const { failure } = await stage.reaches(course, ['failed'], 180_000)
  t.is(failure?.cause, 'node-lost', failure?.message)
  t.regex(failure?.message ?? '', /node|Taint/i)
  t.regex(failure?.hint ?? '', /limits\.retries/)
  t.is((await stage.connector.ended(course.consumerTransferId)).state, 'TERMINATED')
  const { errorDetail } = stage.connector.transfer('provider', course.providerTransferId)
  t.regex(errorDetail ?? '', /^node-lost: /)
  t.false(
    (await stage.job(course)).attempts.every((attempt) => attempt.objectsRemoved),
    'the slot is held: the worker may still run on a node that nobody hears of',
  )
  process.kill(kubelet, 'SIGCONT')
  await stage.cluster.gone(course.jobId, 60_000)
}
