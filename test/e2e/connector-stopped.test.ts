import { rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { ENDED } from '../support/dataspace.ts'
import { listJobs } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { showLogEnd } from '../support/log-end.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type Testbed, testOnTestbed } from '../support/testbed.ts'
import {
  ask,
  type Asked,
  atFirstCallback,
  effectiveCallbacks,
  type EdcLoad,
  gateIn,
  offerLoad,
  oneJobEach,
  startLoad,
  taken,
} from './edc-load.ts'
import { type EdcStage, startEdcStage } from './edc-stage.ts'

// A real provider's connector (EDC 0.10) of the test's own goes while transfers are under way in every phase.

/** Our calls to connectors give up after ten seconds: once within that, once beyond. Milliseconds. */
const pausesMs = [5_000, 12_000]

async function onStage(
  t: ExecutionContext,
  testbed: Testbed,
  body: (stage: EdcStage, gate: string) => Promise<void>,
): Promise<void> {
  const gate = gateIn(await temporaryFolder(t))
  const stage = await startEdcStage(testbed)
  try {
    await offerLoad(stage, gate)
    await body(stage, gate)
  } catch (error) {
    await showLogEnd(t, stage.entrypoint)
    throw error
  } finally {
    await stage.close()
  }
}

testOnTestbed('the provider’s connector hangs while a callback is on its way, and goes on', async (t, testbed) => {
  await onStage(t, testbed, async (stage, gate) => {
    const all: Asked[] = []
    for (const ms of pausesMs) {
      rmSync(gate, { force: true })
      const load = await startLoad(stage, gate)
      all.push(...load.granted, ...load.gated, ...load.failing, ...(await livesThroughPause(t, stage, load, ms)))
    }
    await oneJobEach(t, stage, all)
    for (const one of all.filter(({ kind }) => kind !== 'failing'))
      t.is(effectiveCallbacks(stage, one), 1, `one callback in effect for ${one.processId}`)
    for (const one of all.filter(({ kind }) => kind === 'failing')) t.is(effectiveCallbacks(stage, one), 0)
  })
})

/** Hangs it in the middle of a callback, has the consumer ask for one transfer more and end one meanwhile, and plays all to their ends. */
async function livesThroughPause(
  t: ExecutionContext,
  stage: EdcStage,
  load: EdcLoad,
  ms: number,
): Promise<readonly Asked[]> {
  const { dataspace, provider, entrypoint } = stage
  const agreement = await dataspace.negotiate('quick')
  const hangs = atFirstCallback(stage, () => provider.pause())
  load.open()
  await hangs
  const lateId = await dataspace.transfer('quick', agreement)
  const [ended, ...granted] = load.granted
  if (ended === undefined) throw new Error('nothing is granted')
  await dataspace.terminate(ended.consumerId, 'seen enough')
  await pause(ms)
  await eventually('the jobs to go on while the connector hangs', async () => {
    const meanwhile = (await listJobs(entrypoint.adminUrl)).filter(({ state }) => state === 'succeeded')
    const done = meanwhile.length >= load.granted.length + load.gated.length
    return done ? { done } : { pending: `${meanwhile.length} succeeded` }
  })
  provider.resume()

  const late = await taken(stage, 'quick', lateId)
  const reads = async ({ consumerId }: Asked): Promise<void> => {
    await dataspace.consumerReaches(consumerId, ['STARTED'])
    const response = await dataspace.read(await dataspace.access(consumerId))
    t.is(await response.text(), '42')
    await dataspace.terminate(consumerId, 'done')
  }
  await Promise.all([...granted, ...load.gated, late].map(reads))
  for (const { consumerId } of load.failing) {
    await dataspace.consumerReaches(consumerId, ['TERMINATED'])
    t.regex((await dataspace.providerReaches(consumerId, ENDED)).errorDetail ?? '', /^exit-code: /)
  }
  for (const { consumerId } of [ended, ...granted, ...load.gated, late])
    await dataspace.consumerReaches(consumerId, ['TERMINATED'])
  return [late]
}

// Its stores are in memory, as EDC keeps them without a database: it comes back without any transfer. Ours end after a minute, in which a
// connector may still come to itself.
testOnTestbed('the provider’s connector is killed and comes back without its memory', async (t, testbed) => {
  await onStage(t, testbed, async (stage, gate) => {
    const { dataspace, provider, entrypoint } = stage
    const load = await startLoad(stage, gate)
    const open = await Promise.all(load.granted.map(({ consumerId }) => dataspace.access(consumerId)))
    const dies = atFirstCallback(stage, () => provider.kill())
    load.open()
    await dies
    await eventually('the jobs to go on', async () => {
      const left = (await listJobs(entrypoint.adminUrl)).filter(({ state }) => state === 'running')
      return left.length === 0 ? { done: true } : { pending: `${left.length} run` }
    })
    await provider.start()

    await stage.offerAgain('quick')
    const [after] = await ask(stage, 'quick', 1)
    if (after === undefined) throw new Error('nothing was asked for')
    await dataspace.consumerReaches(after.consumerId, ['STARTED'])
    t.is(await (await dataspace.read(await dataspace.access(after.consumerId))).text(), '42')
    await dataspace.terminate(after.consumerId, 'done')
    const lost = [...load.granted, ...load.gated, ...load.failing]
    await oneJobEach(t, stage, [...lost, after])
    t.is(effectiveCallbacks(stage, after), 1)
    for (const one of [...load.gated, ...load.failing]) t.is(effectiveCallbacks(stage, one), 0)
    for (const access of open) t.not((await dataspace.read(access)).status, 200, 'what was granted is closed')
  })
})
