import { renderJob } from '../../k8s-client/render/job.ts'
import type { RenderOptions } from '../../k8s-client/options.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { generatedAssets, makeAdmission, podOf } from './admission.ts'
import { fullPlan } from './full-plan.ts'
import { largestPlan } from './largest-asset.ts'
import { podMutations } from './pod-mutations.ts'
import { podProblems } from './pod-rules.ts'

/** Assets per run; test/long/admitted-pods.ts has more. */
const runs = 200

testOnTestbed(
  'any asset that registration takes is rendered into what a restricted namespace admits',
  async (t, testbed) => {
    const admission = await makeAdmission(testbed)
    t.teardown(() => admission.close())
    const seed = Math.floor(Math.random() * 2 ** 31)
    const found = await generatedAssets(admission, { seed, count: runs })
    const [first] = found
    if (first !== undefined) t.log(`asset ${first.index} of seed ${seed}: ${JSON.stringify(first.document)}`)
    t.deepEqual([...new Set(found.flatMap(({ problems }) => problems))].slice(0, 20), [], `the assets of seed ${seed}`)
  },
)

testOnTestbed('the largest asset fits into the cluster’s own store', async (t, testbed) => {
  const admission = await makeAdmission(testbed)
  t.teardown(() => admission.close())
  const network = { storeEndpoint: 'https://minio.storage.svc:9000' }
  const options: RenderOptions = { namespace: admission.namespace, sidecarImage: 'registry.example/sidecar:1', network }
  t.deepEqual(await admission.objections(largestPlan(), { ...options, isolateWorkers: true }, false), [])
})

testOnTestbed(
  'a slip in the making of a pod is found, by the API server or by rules of our own',
  async (t, testbed) => {
    const admission = await makeAdmission(testbed)
    t.teardown(() => admission.close())
    const options: RenderOptions = { namespace: admission.namespace, sidecarImage: 'registry.example/sidecar:1' }
    const placement = { nodeSelector: {}, tolerations: [], priorityClass: '', runtimeClass: '' }
    const fresh = () => structuredClone(podOf(renderJob(fullPlan({ placement }), options)))
    t.deepEqual([...podProblems(fresh()), ...(await admission.podObjections('unchanged', fresh()))], [])
    const byServer: string[] = []
    await Promise.all(
      Object.entries(podMutations).map(async ([name, change], index) => {
        const pod = fresh()
        const worker = pod.initContainers?.find((one) => one.name === 'worker')
        if (worker === undefined) return t.fail('no worker')
        change(pod, worker)
        const said = await admission.podObjections(`mutation-${index}`, pod)
        if (said.length > 0) byServer.push(name)
        t.true(said.length > 0 || podProblems(pod).length > 0, name)
      }),
    )
    t.true(Object.keys(podMutations).length >= 40)
    t.true(byServer.length >= 15, `the standard holds: ${byServer.join('; ')}`)
    t.log(`${Object.keys(podMutations).length} slips, ${byServer.length} of them refused by the API server`)
  },
)
