import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { serve } from '../../sidecar/_server.test.ts'
import { temporaryDirectory } from '../../sidecar/_task.test.ts'
import { causes } from '../../core/job/causes.ts'
import type { StepObservation } from '../../core/ports/backend.ts'
import { NamespaceApi } from '../../k8s-client/api/namespace-api.ts'
import { ListWatch } from '../../k8s-client/api/list-watch.ts'
import { Credentials } from '../../k8s-client/api/credentials.ts'
import { Transport } from '../../k8s-client/api/transport.ts'
import { observeDeletedPod } from '../../k8s-client/observe/deleted-pod.ts'
import { observeJob } from '../../k8s-client/observe/job.ts'
import { readJob, readPod } from '../../k8s-client/observe/objects.ts'
import { observePod } from '../../k8s-client/observe/pod.ts'
import { eventually } from '../support/eventually.ts'
import { recordingLogger } from '../support/recording-logger.ts'
import { ourLabels, podExample, type PoisonedObject, poisonedObjects } from './cluster-objects.ts'
import { pollution } from './pollution.ts'

/** What is observed of an object, or that it cannot be read: an Error that says so. */
function observed({ kind, object }: PoisonedObject): readonly StepObservation[] | Error {
  try {
    if (kind === 'job') return [observeJob(readJob(object))]
    const pod = readPod(object)
    return [observePod(pod), observeDeletedPod(pod)]
  } catch (error) {
    return error instanceof Error ? error : new Error(`thrown: ${String(error)}`)
  }
}

test(`${poisonedObjects.length} poisoned objects are told as what they are, or as unreadable`, (t) => {
  const wrong: string[] = []
  for (const poisoned of poisonedObjects) {
    const seen = observed(poisoned)
    if (seen instanceof Error) {
      if (!/^the API server sent a (pod|Job) that cannot be read: /.test(seen.message))
        wrong.push(`${poisoned.name}: ${seen.stack}`)
      continue
    }
    for (const step of seen) {
      if (step.phase === 'failed' && (!Object.hasOwn(causes, step.failure.cause) || step.failure.message === ''))
        wrong.push(`${poisoned.name}: failed as ${JSON.stringify(step.failure)}`)
      for (const [name, value] of Object.entries(step))
        if (name.endsWith('At') && Number.isNaN(new Date(Number(value)).getTime()))
          wrong.push(`${poisoned.name}: ${name} is ${String(value)}`)
    }
  }
  t.deepEqual([...wrong, ...pollution()], [])
  t.true(poisonedObjects.length >= 100)
  t.is(new Set(poisonedObjects.map(({ name }) => name)).size, poisonedObjects.length, 'each has a name of its own')
})

test('list and watch go on past poisoned objects', async (t) => {
  const labels = { ...ourLabels, 'dataspace-compute/job': 'sound' }
  const good = (version: number): object => ({
    ...podExample,
    metadata: { ...podExample.metadata, uid: 'uid-sound', labels, resourceVersion: String(version) },
  })
  const poison = poisonedObjects.map(({ object }) => object)
  const host = await serve(t, (request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url?.includes('watch=') !== true) {
      response.end(JSON.stringify({ metadata: { resourceVersion: '100' }, items: [...poison, good(100), ...poison] }))
      return
    }
    for (const object of [...poison, good(200), ...poison])
      response.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`)
  })
  const kubeconfig = join(await temporaryDirectory(t), 'config')
  await writeFile(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: `http://${host}`, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  )
  const transport = new Transport(new Credentials({ kubeconfig }))
  const logger = recordingLogger()
  let told = 0
  const watching = new ListWatch({
    api: new NamespaceApi(transport, 'jobs'),
    resource: 'pods',
    selection: {},
    logger,
    listener: (changed) => {
      if (changed['dataspace-compute/job'] === 'sound') told += 1
    },
  })
  t.teardown(async () => {
    await watching.close()
    await transport.close()
  })
  await eventually('both versions of the sound pod are told', async () =>
    told >= 2 ? { done: true } : { pending: `${told} told, ${JSON.stringify(watching.health)}` },
  )
  t.true(watching.health.synced)
  t.is(watching.health.failures, 0)
  t.true(logger.lines.some(({ message }) => message === 'objects of the cluster cannot be read'))
})
