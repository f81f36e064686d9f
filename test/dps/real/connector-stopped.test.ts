import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { atFirst } from '../../failures/at-first.ts'
import { startWire, type Wire } from '../../failures/wire.ts'
import { showLogEnd } from '../../support/log-end.ts'
import { listJobs } from '../../support/entrypoint.ts'
import { eventually } from '../../support/eventually.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { fetchResult, readAddress } from '../service/service-stage.ts'
import { type PairUnderTest, reaches, type Side } from '../stand-in/pair-under-test.ts'
import { type RecordingPlane, recordingPlane } from '../stand-in/recording-plane.ts'
import type { EdcConnector } from './edc-connector.ts'
import { edcPair } from './edc-pair.ts'
import {
  begun,
  findingsOf,
  type FlowsUnderWay,
  flowsUnderWay,
  offerFlows,
  oneJobEach,
  type UnderWay,
} from './flows-under-way.ts'
import { type ServicesOnEdc, sinkTypes, startServicesOnEdc } from './services-on-edc.ts'
import { testOnEdc18, withEdcPair } from './testing.ts'

// The provider's control plane goes while flows of ours are under way in every phase.

withEdcPair()

/** Our calls to connectors give up after ten seconds: once within that, once beyond. Milliseconds. */
const pausesMs = [5_000, 12_000]

interface Scene {
  readonly services: ServicesOnEdc
  readonly pair: PairUnderTest
  /** The consumer's data plane for pulls. */
  readonly sink: RecordingPlane
  /** Between our callbacks and the provider's control plane. */
  readonly wire: Wire
  /** The file for which workers wait. */
  readonly gate: string
}

async function onScene(
  t: ExecutionContext,
  connectors: Readonly<Record<Side, EdcConnector>>,
  body: (scene: Scene) => Promise<void>,
): Promise<void> {
  const { origin, pathname } = new URL(connectors.provider.signalingUrl)
  const wire = await startWire({ connector: origin, service: () => '' })
  const services = await startServicesOnEdc(connectors, `${wire.origin}${pathname}`)
  const pair = edcPair(connectors)
  const sink = await recordingPlane(t)
  try {
    await pair.register('consumer', sink.registration(Object.values(sinkTypes)))
    const gate = join(await temporaryFolder(t), 'open')
    await offerFlows(services, gate)
    await body({ services, pair, sink, wire, gate })
  } catch (error) {
    await showLogEnd(t, services.provider)
    throw error
  } finally {
    connectors.provider.process.resume()
    await pair.unregister('consumer', sink.id)
    await services.close()
    await wire.close()
  }
}

/** Pauses or kills the control plane in the middle of the first callback, which is passed on afterwards. */
function atFirstCallback({ wire }: Scene, happens: () => Promise<void> | void): Promise<void> {
  return atFirst(wire, ({ path }) => path.includes('/dataflow/'), happens)
}

testOnEdc18('the provider’s control plane hangs while a callback is on its way, and goes on', async (t, connectors) => {
  await onScene(t, connectors, async (scene) => {
    const all: UnderWay[] = []
    for (const ms of pausesMs) {
      rmSync(scene.gate, { force: true })
      const flows = await flowsUnderWay(scene.services, scene.pair, scene.gate)
      all.push(...flows.granted, ...flows.pulls, ...flows.pushes, flows.failing)
      await livesThroughPause(t, scene, connectors.provider, flows, ms)
    }
    await oneJobEach(t, scene.services, all)
    t.deepEqual(await findingsOf(scene.services.provider), [])
    t.deepEqual(await findingsOf(scene.services.consumer), [])
  })
})

async function livesThroughPause(
  t: ExecutionContext,
  scene: Scene,
  provider: EdcConnector,
  flows: FlowsUnderWay,
  ms: number,
): Promise<void> {
  const { services, pair, sink } = scene
  const hangs = atFirstCallback(scene, () => provider.process.pause())
  flows.open()
  await hangs
  await pause(ms)
  await eventually('the jobs to go on while the control plane hangs', async () => {
    const running = (await listJobs(services.provider.adminUrl)).filter(({ state }) => state === 'running')
    return running.length === 0 ? { done: true } : { pending: `${running.length} run` }
  })
  provider.process.resume()

  for (const { consumerId } of [...flows.granted, ...flows.pulls]) {
    const { url, token } = readAddress((await sink.hears('started', consumerId, 60_000)).body)
    t.is(await (await fetchResult(url, token)).text(), '42')
    t.is(sink.of(consumerId, 'started').length, 1, 'it is told once')
    await reaches(pair, 'consumer', consumerId, 'STARTED')
    await eventually('the terminate to be taken', async () => {
      const status = await pair.administer('consumer', consumerId, 'terminate')
      return status === 204 ? { done: true } : { pending: `it is answered ${status}` }
    })
  }
  for (const { consumerId } of flows.pushes) {
    const reception = await services.received(consumerId)
    t.is(reception.state, 'received', JSON.stringify(reception.failure))
    t.is(await services.read(reception, 'sum.txt'), '42')
    await reaches(pair, 'provider', consumerId, 'COMPLETED', 60_000)
    await reaches(pair, 'consumer', consumerId, 'COMPLETED', 60_000)
  }
  for (const { consumerId } of [...flows.granted, ...flows.pulls, flows.failing]) {
    await reaches(pair, 'provider', consumerId, 'TERMINATED', 60_000)
    await reaches(pair, 'consumer', consumerId, 'TERMINATED', 60_000)
  }
}

// Its stores are in memory: it comes back without any process, and without knowing our data plane. Flows of ours end after a minute.
testOnEdc18('the provider’s control plane is killed and comes back without its memory', async (t, connectors) => {
  await onScene(t, connectors, async (scene) => {
    const { services, pair, sink } = scene
    const { process } = connectors.provider
    const flows = await flowsUnderWay(services, pair, scene.gate)
    const open = await Promise.all(
      flows.granted.map(async ({ consumerId }) => readAddress((await sink.hears('started', consumerId)).body)),
    )
    const dies = atFirstCallback(scene, () => process.kill())
    flows.open()
    await dies
    await process.start()
    await services.offer(
      'after',
      `import { writeFileSync } from 'node:fs'\nwriteFileSync(process.env.OUTPUT_DIR + '/sum.txt', '43')`,
      {
        transfers: ['pull'],
      },
    )
    const after = await afterRestart(scene)
    const { url, token } = readAddress((await sink.hears('started', after.consumerId, 60_000)).body)
    t.is(await (await fetchResult(url, token)).text(), '43')
    await reaches(pair, 'consumer', after.consumerId, 'STARTED')
    t.is(await pair.administer('consumer', after.consumerId, 'terminate'), 204)

    const lost = [...flows.granted, ...flows.pulls, ...flows.pushes, flows.failing]
    await oneJobEach(t, services, [...lost, after])
    for (const { consumerId } of [...flows.pulls, flows.failing]) t.deepEqual(sink.of(consumerId, 'started'), [])
    for (const address of open)
      t.is((await fetchResult(address.url, address.token)).status, 401, 'what was granted is closed')
    t.deepEqual(await findingsOf(services.provider), [])
    t.deepEqual(await findingsOf(services.consumer), [])
  })
})

/** Asks until a transfer is taken: at first the control plane knows no data plane yet, and refuses. */
async function afterRestart({ pair }: Scene): Promise<UnderWay> {
  return eventually(
    'a transfer that is taken',
    async () => {
      const flow = await begun(pair, 'after', sinkTypes.asynchronous)
      const state = await eventually('its fate', async () => {
        const found = (await pair.process('consumer', flow.consumerId))?.state
        return found === 'TERMINATED' || found === 'REQUESTED' || found === 'STARTED'
          ? { done: found }
          : { pending: `it is ${found}` }
      })
      return state === 'TERMINATED' ? { pending: 'it was refused' } : { done: flow }
    },
    { deadlineMs: 60_000, pauseMs: 500 },
  )
}
