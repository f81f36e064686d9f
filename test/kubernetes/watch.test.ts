import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { Credentials } from '../../k8s-client/api/credentials.ts'
import { ListWatch, listWatchTimes } from '../../k8s-client/api/list-watch.ts'
import { NamespaceApi } from '../../k8s-client/api/namespace-api.ts'
import { Transport } from '../../k8s-client/api/transport.ts'
import { attemptOf, ourSelector } from '../../k8s-client/labels.ts'
import { eventually } from '../support/eventually.ts'
import { serverOf, writeKubeconfig } from './kubeconfig.ts'
import { ended, removed, shellPlan, type Stage, testOnStage } from './support.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** Gives a kubeconfig that reaches the cluster through a proxy. */
async function throughProxy(stage: Stage, use: (kubeconfig: string, proxy: TcpProxy) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dsc-proxy-'))
  const proxy = await startTcpProxy(Number((await serverOf(stage.testbed.kubeconfig)).port))
  try {
    const kubeconfig = join(folder, 'kubeconfig')
    await writeKubeconfig(stage.testbed.kubeconfig, kubeconfig, { server: `https://127.0.0.1:${proxy.port}` })
    await use(kubeconfig, proxy)
  } finally {
    await proxy.close()
    await rm(folder, { recursive: true })
  }
}

/** Makes an object with the labels of a job that the watch can see, without running anything. */
async function touch(stage: Stage, jobId: string): Promise<void> {
  const labels = {
    'app.kubernetes.io/managed-by': 'dataspace-compute',
    'dataspace-compute/job': jobId,
    'dataspace-compute/attempt': '1',
  }
  await stage.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: jobId, labels } })
}

/** Watches ConfigMaps by our label as the backend watches pods, with times that suit a test. */
function watchTouched(stage: Stage, api: NamespaceApi, idleMs: number) {
  const told: string[] = []
  const watch = new ListWatch({
    api,
    resource: 'configmaps',
    selection: { labelSelector: ourSelector },
    listener: (labels) => told.push(attemptOf(labels)?.jobId ?? 'not ours'),
    logger: stage.options.logger,
    times: { ...listWatchTimes, idleMs, longestPauseMs: 500 },
  })
  return { told, watch }
}

async function toldOf(told: readonly string[], jobId: string, deadlineMs: number): Promise<void> {
  await eventually(
    `a hint about ${jobId}`,
    () => (told.includes(jobId) ? { done: true } : { pending: told.join(', ') }),
    {
      deadlineMs,
    },
  )
}

testOnStage('the watch tells of every step of a job, and of its removal', async (t, stage) => {
  const told: string[] = []
  stage.backend.watch((jobId) => told.push(jobId))
  const plan = shellPlan('echo > $OUTPUT_DIR/out.txt')
  await stage.backend.launch(plan)
  await ended(stage.backend, plan.ref)
  t.true(told.length >= 4, `${told.length} hints`)
  t.deepEqual(new Set(told), new Set([plan.ref.jobId]))
  const before = told.length
  await removed(stage.backend, plan.ref)
  await eventually('a hint about the removal', () => (told.length > before ? { done: true } : { pending: 'none' }))
  await stage.backend.check()
  t.throws(() => stage.backend.watch(() => undefined))
})

testOnStage(
  'a connection that is dead without being closed is given up, and what happened meanwhile is told',
  async (t, stage) => {
    await throughProxy(stage, async (kubeconfig, proxy) => {
      const transport = new Transport(new Credentials({ kubeconfig }))
      const { told, watch } = watchTouched(stage, new NamespaceApi(transport, stage.namespace), 3_000)
      try {
        await touch(stage, 'before')
        await toldOf(told, 'before', 5_000)
        proxy.blackHole()
        await touch(stage, 'meanwhile')
        await eventually('the watch to notice', () => (watch.health.synced ? { pending: 'synced' } : { done: true }), {
          deadlineMs: 10_000,
        })
        t.false(told.includes('meanwhile'))
        proxy.heal()
        await toldOf(told, 'meanwhile', 15_000)
        await touch(stage, 'afterwards')
        await toldOf(told, 'afterwards', 5_000)
        t.deepEqual(watch.health, { synced: true, failures: 0 })
      } finally {
        await watch.close()
        await transport.close()
      }
    })
    await stage.kubectl('delete', 'configmaps', '-l', ourSelector)
  },
)

testOnStage('ten resets of all connections: nothing is missed', async (t, stage) => {
  await throughProxy(stage, async (kubeconfig, proxy) => {
    const transport = new Transport(new Credentials({ kubeconfig }))
    const { told, watch } = watchTouched(stage, new NamespaceApi(transport, stage.namespace), 3_000)
    try {
      for (let round = 0; round < 10; round += 1) {
        proxy.reset()
        await touch(stage, `round-${round}`)
        await toldOf(told, `round-${round}`, 10_000)
      }
      proxy.reset()
      await stage.kubectl('delete', 'configmap', 'round-4')
      const goneTwice = () => told.filter((jobId) => jobId === 'round-4').length
      await eventually('a hint about the removal', () =>
        goneTwice() >= 2 ? { done: true } : { pending: told.join(' ') },
      )
      t.pass()
    } finally {
      await watch.close()
      await transport.close()
    }
  })
  await stage.kubectl('delete', 'configmaps', '-l', ourSelector)
})

/** Reads the first list as if it were of a time that the API server has long forgotten. */
class OldListApi extends NamespaceApi {
  lists = 0

  override async list(...parameters: Parameters<NamespaceApi['list']>) {
    const page = await super.list(...parameters)
    this.lists += 1
    return this.lists === 1 ? { ...page, resourceVersion: '1' } : page
  }
}

testOnStage('a version that the API server has forgotten (410) leads to a new list', async (t, stage) => {
  const transport = new Transport(new Credentials({ kubeconfig: stage.testbed.kubeconfig }))
  const api = new OldListApi(transport, stage.namespace)
  const { told, watch } = watchTouched(stage, api, 5_000)
  try {
    await eventually('a second list', () =>
      api.lists >= 2 && watch.health.synced ? { done: true } : { pending: `${api.lists}` },
    )
    await touch(stage, 'after-410')
    await toldOf(told, 'after-410', 5_000)
    t.is(api.lists, 2)
  } finally {
    await watch.close()
    await transport.close()
  }
  await stage.kubectl('delete', 'configmaps', '-l', ourSelector)
})

async function reads(t: ExecutionContext, stage: Stage, kubeconfig: string): Promise<void> {
  const backend = await stage.another({ kubeconfig })
  const { ref } = shellPlan('true')
  const begun = performance.now()
  for (let read = 0; read < 100; read += 1) await backend.check()
  t.log(`100 reads one after the other: ${Math.round(performance.now() - begun)} ms`)
  await Promise.all(Array.from({ length: 100 }, () => backend.observe(ref)))
  await backend.close()
}

testOnStage('connections are kept and shared', async (t, stage) => {
  await throughProxy(stage, async (kubeconfig, proxy) => {
    await reads(t, stage, kubeconfig)
    t.true(proxy.opened() <= 32, `${proxy.opened()} connections for 300 calls`)
  })
})

testOnStage('a cluster that cannot be reached is said so, with its address', async (t, stage) => {
  await throughProxy(stage, async (kubeconfig, proxy) => {
    const backend = await stage.another({ kubeconfig })
    await backend.check()
    await proxy.close()
    const error = await t.throwsAsync(backend.check())
    t.regex(error?.message ?? '', new RegExp(`https://127.0.0.1:${proxy.port} gave no answer to GET .*/jobs`))
  })
})

testOnStage('through an HTTP proxy', async (t, stage) => {
  const tunnels: string[] = []
  const proxy = createServer().on('connect', (request, client) => {
    tunnels.push(request.url ?? '')
    const { hostname, port } = new URL(`tcp://${request.url ?? ''}`)
    const upstream = connect(Number(port), hostname, () => client.write('HTTP/1.1 200 OK\r\n\r\n'))
    upstream.on('error', () => client.destroy())
    client.on('error', () => upstream.destroy())
    upstream.pipe(client).pipe(upstream)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const folder = await mkdtemp(join(tmpdir(), 'dsc-proxy-'))
  try {
    const kubeconfig = join(folder, 'kubeconfig')
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    await writeKubeconfig(stage.testbed.kubeconfig, kubeconfig, { proxy: address })
    const backend = await stage.another({ kubeconfig })
    for (let read = 0; read < 10; read += 1) await backend.check()
    t.deepEqual([...new Set(tunnels)], [(await serverOf(stage.testbed.kubeconfig)).host])
    t.true(tunnels.length <= 3, `${tunnels.length} tunnels for 10 calls`)
    await backend.close()
  } finally {
    proxy.close()
    await rm(folder, { recursive: true })
  }
})
