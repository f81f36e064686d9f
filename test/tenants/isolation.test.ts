import type { ExecutionContext } from 'ava'
import type { Plan } from '../../core/job/plan.ts'
import { policySpecs } from '../../k8s-client/tenants/policies.ts'
import { makeStage, removed, shellPlan, type Stage, stepWhere } from '../kubernetes/support.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { reachableThings } from './reachable-things.ts'
import { reachedSchema, type ReachTarget, reachWorker } from './reach-worker.ts'

/** Runs the worker that tries everything; gives what it reached at any time, and how long the pod took to its start. */
async function reachedBy(t: ExecutionContext, stage: Stage, plan: Plan, what: string): Promise<readonly string[]> {
  const begun = Date.now()
  await stage.backend.launch(plan)
  const step = await stepWhere(stage.backend, plan.ref, ({ phase }) => phase === 'stored' || phase === 'failed')
  const log = await stage.backend.log(plan.ref, 'worker', 100_000)
  t.is(step.phase, 'stored', `${what}: ${JSON.stringify(step)}`)
  const reached = reachedSchema.parse(JSON.parse(Buffer.from(log?.bytes ?? []).toString()))
  const started = step.phase === 'stored' ? (step.workerStartedAt - begun) / 1000 : 0
  t.log(`${what}: worker started ${started.toFixed(1)} s after the launch; reached ${JSON.stringify(reached)}`)
  await removed(stage.backend, plan.ref)
  return [...new Set(Object.values(reached).flat())].toSorted()
}

function plan(targets: readonly ReachTarget[], network: 'sidecar' | 'none', url = false): Plan {
  return shellPlan('', {
    worker: { image: 'localhost/node:24', command: reachWorker(targets), network },
    resources: { memory: '256Mi', cpu: '500m' },
    ...(url
      ? { inputs: [{ name: 'in.txt', kind: 'file', source: { kind: 'url', url: 'http://11.22.33.44:18080/' }, maximumBytes: 1000 }] }
      : {}),
  })
}

testOnTestbed('what a worker reaches', async (t, testbed) => {
  const network = { storeEndpoint: testbed.objectStore.endpoint }
  const stage = await makeStage(testbed, { network })
  t.teardown(() => stage.close())
  const targets = await reachableThings(t, stage)
  const unguarded = await stage.another({ network: undefined })
  const everything = targets.map(({ name }) => name).toSorted()
  t.deepEqual(await reachedBy(t, { ...stage, backend: unguarded }, plan(targets, 'sidecar'), 'without policies'), everything)

  const specs = policySpecs(
    { storeEndpoint: testbed.objectStore.endpoint, clusterRanges: [], inputHosts: [], egress: [] },
    [],
  )
  for (const [name, spec] of Object.entries(specs))
    await stage.create({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name }, spec })
  t.deepEqual(await reachedBy(t, stage, plan(targets, 'sidecar'), 'as the sidecar'), ['object store'])
  t.deepEqual(await reachedBy(t, stage, plan(targets, 'none'), 'none'), [])
})
