import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import type { Stage } from '../kubernetes/support.ts'
import { eventually } from '../support/eventually.ts'
import type { ReachTarget } from './reach-worker.ts'

const run = promisify(execFile)
/** The bridge on which the testbed's node has its address. */
const bridge = 'tbnode0'
/** Where clouds tell a machine its secrets. */
export const metadataAddress = '169.254.169.254'
/** A public address, for as long as the test has it on this machine: it leaves it nowhere. */
export const publicAddress = '11.22.33.44'

/** Answers at an address that this machine has. */
export async function answerAt(t: ExecutionContext, address: string, port: number): Promise<void> {
  const server = createServer((_, response) => response.end('here\n'))
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, address, resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
}

/** Has an address of the test's own answer on this machine, as the node's would. It is taken away at the end: never the node's own. */
export async function listenAt(
  t: ExecutionContext,
  address: typeof metadataAddress | typeof publicAddress,
  port: number,
): Promise<void> {
  await run('ip', ['address', 'replace', `${address}/32`, 'dev', bridge])
  t.teardown(async () => {
    await run('ip', ['address', 'delete', `${address}/32`, 'dev', bridge]).catch(() => undefined)
  })
  await answerAt(t, address, port)
}

/** A pod that answers, as that of another job might; gives its address. */
async function listeningPod(stage: Stage, name: string): Promise<string> {
  const script = 'while true; do echo here | nc -l -p 8080; done'
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
  await stage.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image: 'localhost/busybox:1', command: ['/bin/sh', '-c', script], securityContext }],
    },
  })
  return eventually('the address of the other pod', async () => {
    const address = await stage.kubectl('get', 'pod', name, '-o', 'jsonpath={.status.podIP}')
    return address === '' ? { pending: 'none yet' } : { done: address }
  })
}

/** Everything in reach of a pod on the testbed that a worker has no business with, and the object store. */
export async function reachableThings(t: ExecutionContext, stage: Stage): Promise<readonly ReachTarget[]> {
  const node = new URL(stage.testbed.objectStore.endpoint)
  await listenAt(t, metadataAddress, 18_080)
  await listenAt(t, publicAddress, 18_080)
  return [
    { name: 'API server by its service', host: '10.96.0.1', port: 443 },
    { name: 'API server on its node', host: node.hostname, port: 16_443 },
    { name: 'kubelet', host: node.hostname, port: 10_250 },
    { name: 'object store', host: node.hostname, port: Number(node.port) },
    { name: 'names by TCP', host: node.hostname, port: 53 },
    { name: 'names by UDP', host: node.hostname, port: 53, by: 'dns' },
    { name: 'metadata address', host: metadataAddress, port: 18_080 },
    { name: 'public address', host: publicAddress, port: 18_080 },
    { name: 'another pod', host: await listeningPod(stage, 'other'), port: 8080 },
  ]
}
