import { randomUUID } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { ExecutionContext } from 'ava'
import { anyCaller } from '../../../dps/auth/check-caller.ts'
import { controlPlane } from '../../../dps/client/control-plane.ts'
import { registration } from '../../../dps/client/registration.ts'
import { tellUntilTaken } from '../../../dps/client/tell-until-taken.ts'
import type { DataAddress } from '../../../dps/data-plane.ts'
import { exampleDataPlane } from '../../../dps/example/data-plane.ts'
import { memoryFlowStore } from '../../../dps/flow/flow-store.ts'
import { type FlowWork, type KeptFlows, keepFlows } from '../../../dps/flow/keep-flows.ts'
import { dataPlaneHandler } from '../../../dps/server/handle.ts'
import { nodeListener } from '../../../dps/server/node-listener.ts'
import { freePort } from '../../support/free-ports.ts'
import { eventually, type Outcome } from '../../support/eventually.ts'
import type { Claim } from './claim.ts'
import { type PairUnderTest, reaches, type Side } from './pair-under-test.ts'
import { callBack, type exampleAddress, recordingPlane, statusMessage } from './recording-plane.ts'

/** What data planes made of the protocol package do with a pair of control planes: the stand-ins, and the real pair where it can be had. */
export const packageScenes: readonly Claim[] = [
  {
    title: 'the example serves a pull: the consumer reads with its token, not while suspended, and not after the end',
    async run(t, pair) {
      const { type, assetId } = named('PULL')
      const [port, example] = await listening(t, (url) => exampleDataPlane(url))
      await registered(t, pair, 'provider', `${example}/dps/v1/dataflows`, type)
      const consumer = await recordingPlane(t)
      await pair.register('consumer', consumer.registration([type]))
      t.teardown(() => pair.unregister('consumer', consumer.id))
      await pair.offer({ assetId, profiles: [type] })
      const consumerId = await pair.request({ assetId, transferType: type })
      const started = await consumer.hears('started', consumerId)
      const address = started.body['dataAddress'] as typeof exampleAddress
      t.true(address.endpoint.startsWith(`http://127.0.0.1:${port}/data/`))
      const authorization = `Bearer ${address.endpointProperties.find(({ name }) => name === 'authorization')?.value}`
      const read = async () => {
        const answer = await fetch(address.endpoint, { headers: { authorization } })
        return { status: answer.status, text: await answer.text() }
      }
      await reaches(pair, 'consumer', consumerId, 'STARTED')
      await reaches(pair, 'provider', consumerId, 'STARTED')
      t.deepEqual(await read(), { status: 200, text: `This is ${assetId}.\n` })
      t.is(await pair.administer('consumer', consumerId, 'suspend'), 204)
      await reaches(pair, 'provider', consumerId, 'SUSPENDED')
      await reaches(pair, 'consumer', consumerId, 'SUSPENDED')
      t.is((await read()).status, 403)
      t.is(await pair.administer('consumer', consumerId, 'resume'), 204)
      await reaches(pair, 'provider', consumerId, 'STARTED')
      await reaches(pair, 'consumer', consumerId, 'STARTED')
      t.is((await read()).status, 200)
      const prepare = await consumer.hears('prepare', consumerId)
      t.is(await callBack(prepare, 'completed', statusMessage(consumerId, 'COMPLETED')), 200)
      await reaches(pair, 'provider', consumerId, 'COMPLETED')
      t.is((await read()).status, 403)
    },
  },
  {
    title: 'a start in the background: `started`, told at once and until it is taken, takes effect once',
    async run(t, pair) {
      const { type, assetId } = named('PULL')
      const plane = await packagePlane(t, pair, 'provider', type, (told) => ({
        start: async ({ processId, callbackAddress }) => {
          told('started', processId, callbackAddress, dataAddress(processId))
          return { flowId: processId, state: 'STARTING' }
        },
      }))
      const consumer = await recordingPlane(t)
      await pair.register('consumer', consumer.registration([type]))
      t.teardown(() => pair.unregister('consumer', consumer.id))
      await pair.offer({ assetId, profiles: [type] })
      const consumerId = await pair.request({ assetId, transferType: type })
      const started = await consumer.hears('started', consumerId)
      const provider = await reaches(pair, 'provider', consumerId, 'STARTED')
      t.like(started.body['dataAddress'], { endpoint: dataAddress(provider.id).endpoint })
      await eventually('the flow to be STARTED', async () => {
        const flow = await plane.find(provider.id)
        return flow?.state === 'STARTED' ? { done: flow } : { pending: `it is ${flow?.state}` }
      })
      await reaches(pair, 'consumer', consumerId, 'STARTED')
      t.is(await pair.administer('consumer', consumerId, 'terminate'), 204)
      await reaches(pair, 'provider', consumerId, 'TERMINATED') // so it was not left leased by a second one
      t.is((await plane.find(provider.id))?.state, 'TERMINATED')
    },
  },
  {
    title: 'push, with the package on both sides: the destination arrives, and `completed` ends it on both',
    async run(t, pair) {
      const { type, assetId } = named('PUSH')
      const destination = dataAddress('destination')
      let arrived: DataAddress | undefined
      const provider = await packagePlane(t, pair, 'provider', type, (told) => ({
        start: async ({ processId, callbackAddress, dataAddress: to }) => {
          arrived = to
          told('completed', processId, callbackAddress)
          return { flowId: processId, state: 'STARTED' }
        },
      }))
      const consumer = await packagePlane(t, pair, 'consumer', type, () => ({
        prepare: async ({ processId }) => ({ flowId: processId, state: 'PREPARED', dataAddress: destination }),
      }))
      await pair.offer({ assetId, profiles: [type] })
      const consumerId = await pair.request({ assetId, transferType: type })
      const { id } = await reaches(pair, 'provider', consumerId, 'COMPLETED')
      await reaches(pair, 'consumer', consumerId, 'COMPLETED')
      t.is(arrived?.endpoint, destination.endpoint)
      t.is(arrived?.properties['authorization'], destination.properties['authorization'])
      t.is((await provider.find(id))?.state, 'COMPLETED')
      t.is((await consumer.find(consumerId))?.state, 'COMPLETED')
    },
  },
  {
    title: 'a refusal by the package’s data plane ends both sides with its public words',
    async run(t, pair) {
      const { type, assetId } = named('PULL')
      await packagePlane(t, pair, 'provider', type, () => ({})) // it has no provider's side
      const consumer = await recordingPlane(t)
      await pair.register('consumer', consumer.registration([type]))
      t.teardown(() => pair.unregister('consumer', consumer.id))
      await pair.offer({ assetId, profiles: [type] })
      const consumerId = await pair.request({ assetId, transferType: type })
      const { reason } = await reaches(pair, 'consumer', consumerId, 'TERMINATED')
      t.regex(reason ?? '', /422/)
      t.regex(reason ?? '', /does not take part in start/)
    },
  },
  {
    title: 'a control plane that forgot everything is registered with again, and the next transfer works',
    async run(t, pair) {
      const { type, assetId } = named('PULL')
      const [, example] = await listening(t, (url) => exampleDataPlane(url))
      await registered(t, pair, 'provider', `${example}/dps/v1/dataflows`, type)
      const consumer = await recordingPlane(t)
      await pair.register('consumer', consumer.registration([type]))
      t.teardown(() => pair.unregister('consumer', consumer.id))
      await pair.restart('provider')
      await pair.offer({ assetId, profiles: [type] })
      // Until the registration is there again, the offer has no way to be had.
      const consumerId = await eventually('a transfer that the provider takes', () => fate(pair, assetId, type), {
        deadlineMs: 60_000,
        pauseMs: 200,
      })
      await consumer.hears('started', consumerId)
      await reaches(pair, 'provider', consumerId, 'STARTED')
    },
  },
]

/** Asks for a transfer and tells its id once it is STARTED, or how it ended. */
async function fate(pair: PairUnderTest, assetId: string, type: string): Promise<Outcome<string>> {
  let id: string
  try {
    id = await pair.request({ assetId, transferType: type })
  } catch (error) {
    return { pending: String(error) }
  }
  const { state, reason } = await eventually(`the fate of ${id}`, async () => {
    const process = await pair.process('consumer', id)
    return process?.state === 'STARTED' || process?.state === 'TERMINATED'
      ? { done: process }
      : { pending: `it is ${process?.state}` }
  })
  return state === 'STARTED' ? { done: id } : { pending: reason ?? 'it was refused' }
}

function named(flow: 'PULL' | 'PUSH'): { readonly type: string; readonly assetId: string } {
  const type = `Package${randomUUID().slice(0, 8)}-${flow}`
  return { type, assetId: `asset-of-${type}` }
}

function dataAddress(of: string): DataAddress {
  return {
    endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
    endpoint: `http://127.0.0.1:1/${of}`,
    properties: { authorization: `secret-of-${of}`, authType: 'bearer' },
  }
}

/** Serves at a free port of 127.0.0.1, whose address the server is made with. */
async function listening(
  t: ExecutionContext,
  make: (url: string) => ReturnType<typeof createServer>,
): Promise<readonly [port: number, url: string]> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = make(url)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return [port, url]
}

/** Registers by the package's own client, as often as it wants to. */
async function registered(
  t: ExecutionContext,
  pair: PairUnderTest,
  side: Side,
  endpoint: string,
  type: string,
): Promise<void> {
  const { url, key } = pair.management(side)
  const client = registration({
    address: `${url}/v4`,
    headers: { 'x-api-key': key },
    dataPlane: { dataplaneId: `package-${randomUUID()}`, endpoint, profiles: [type] },
  })
  t.is((await client.register()).outcome, 'taken')
  const keeping = client.keep({ everyMs: 500 })
  t.teardown(async () => {
    await keeping.stop()
    await client.deregister()
  })
}

type Told = (
  notice: 'started' | 'completed',
  processId: string,
  callbackAddress: string | undefined,
  address?: DataAddress,
) => void

/** A data plane of the package, registered with a side. `told` tells the control plane in the background, until it is taken. */
async function packagePlane(
  t: ExecutionContext,
  pair: PairUnderTest,
  side: Side,
  type: string,
  make: (told: Told) => FlowWork,
): Promise<KeptFlows> {
  const stop = new AbortController()
  const tasks: Promise<void>[] = []
  const tell = async (...[notice, processId, callbackAddress, address]: Parameters<Told>): Promise<void> => {
    const { outcome } = await tellUntilTaken({
      controlPlane: controlPlane({ address: callbackAddress ?? '' }),
      notice,
      processId,
      status: {
        flowId: processId,
        state: notice === 'started' ? 'STARTED' : 'COMPLETED',
        ...(address === undefined ? {} : { dataAddress: address }),
      },
      // A `completed` that comes in STARTING is taken, and ends the transfer badly: look before.
      firstMs: 300,
      signal: stop.signal,
    })
    if (outcome === 'taken')
      await flows.became(processId, notice, address === undefined ? {} : { dataAddress: address })
  }
  const flows = keepFlows(
    make((...notice) => {
      const [kind, processId] = notice
      const begin =
        kind === 'started' ? tell(...notice) : whenStarted(t, pair, side, processId).then(() => tell(...notice))
      tasks.push(begin.catch((error: unknown) => t.log(String(error))))
    }),
    { store: memoryFlowStore() },
  )
  const handle = dataPlaneHandler({
    dataPlane: flows,
    authenticate: anyCaller(side),
    onError: (error) => t.log(String(error)),
  })
  const listener: RequestListener = nodeListener(handle, { base: '/dps/v1' })
  const [, url] = await listening(t, () => createServer(listener))
  t.teardown(async () => {
    stop.abort()
    await Promise.all(tasks)
  })
  await registered(t, pair, side, `${url}/dps/v1/dataflows`, type)
  return flows
}

/** Until the Management API says STARTED, as whoever pushes must wait. */
async function whenStarted(t: ExecutionContext, pair: PairUnderTest, side: Side, processId: string): Promise<void> {
  const { url, key } = pair.management(side)
  await eventually(`process ${processId} to be STARTED`, async () => {
    const answer = await fetch(`${url}/v4/transferprocesses/${processId}/state`, { headers: { 'x-api-key': key } })
    const { state } = (await answer.json()) as { state?: string }
    return state === 'STARTED' ? { done: undefined } : { pending: `it is ${state}` }
  }).catch((error: unknown) => t.log(String(error)))
}
