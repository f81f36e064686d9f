import type { ExecutionContext } from 'ava'
import { type Fault, faultsOf, InjectedFault } from './faults.ts'
import { assertQuiet, watchInvariants } from './invariants.ts'
import { assetId } from './offer.ts'
import type { Scenario } from './scenarios.ts'
import { World } from './world.ts'

/** Worlds that live side by side: they wait for files half of the time. */
const sideBySide = 4

/**
 * Lives a scenario once undisturbed, then once for each call that the engine made of a port and each fault: the call fails, was
 * done though it failed, or the process ends before or after it and another one starts on what lies on disk. Each time all
 * invariants hold after every step, and the scenario comes to its one end.
 */
export async function liveThroughEveryFault(t: ExecutionContext, scenario: Scenario, hints: boolean): Promise<void> {
  const began = performance.now()
  const calls = await live(scenario, hints)
  const failures: string[] = []
  const disturbances = calls.flatMap((name, index) => faultsOf(name).map((fault) => ({ index, name, fault })))
  const left = disturbances.values()
  await Promise.all(
    Array.from({ length: sideBySide }, async () => {
      for (const { index, name, fault } of left) {
        await live(scenario, hints, { index, fault }).catch((error: unknown) => {
          failures.push(`${fault} at call ${index}, ${name}: ${error instanceof Error ? error.message : String(error)}`)
        })
      }
    }),
  )
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  t.log(`${calls.length} calls, ${disturbances.length} faults, ${seconds} s`)
  t.deepEqual(failures, [])
}

async function live(
  scenario: Scenario,
  hints: boolean,
  disturbance?: { readonly index: number; readonly fault: Fault },
): Promise<readonly string[]> {
  const world = await World.open(scenario.offer)
  try {
    world.hints = hints
    world.check = watchInvariants(world, { concurrentJobs: 4, jobsPerAgreement: 10 })
    world.faults.plan = (index) => (index === disturbance?.index ? disturbance.fault : undefined)
    const { parameters, flow } = scenario
    world.flow = flow
    const then = flow?.start === 'sync' ? 'provisioned' : 'awaiting'
    world.connector.begin('process-1', { assetId, agreementId: 'agreement-1', parameters }, then)
    world.connector.agreements.set('agreement-1', { consumerId: 'consumer', assetId })
    scenario.prepare(world)
    const jobId = await sendUntilTaken(world)
    await world.toTheEnd()
    if (world.faults.crashed) {
      await world.restart()
      await world.toTheEnd()
    }
    await assertQuiet(world)
    await scenario.verify(world, await world.job(jobId))
    return world.faults.calls
  } finally {
    await world.close()
  }
}

/** A connector sends its message again until it is answered. */
async function sendUntilTaken(world: World): Promise<string> {
  for (;;) {
    try {
      return await world.send('process-1')
    } catch (error) {
      if (world.faults.crashed) await world.restart()
      else if (!(error instanceof InjectedFault)) throw error
    }
  }
}
