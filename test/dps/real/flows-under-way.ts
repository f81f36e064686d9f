import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import { openSqliteStore } from '../../../entrypoint/stores/sqlite.ts'
import { type Entrypoint, listJobs } from '../../support/entrypoint.ts'
import { eventually } from '../../support/eventually.ts'
import { waitsFor, writesSum } from '../service/service-stage.ts'
import { type PairUnderTest, reaches } from '../stand-in/pair-under-test.ts'
import type { ServicesOnEdc } from './services-on-edc.ts'
import { sinkTypes } from './services-on-edc.ts'

/** The ids that a flow has at both sides: the consumer's process and the provider's. */
export interface UnderWay {
  readonly consumerId: string
  readonly processId: string
}

/** Flows under way in every phase. */
export interface FlowsUnderWay {
  /** Pulls with a synchronous start: open, with their results. */
  readonly granted: readonly UnderWay[]
  /** Pulls whose jobs run, or wait for a slot, until the gate is opened: their `started` is due then. */
  readonly pulls: readonly UnderWay[]
  /** Pushes whose jobs run until the gate is opened: their `started` and `completed` are due then. */
  readonly pushes: readonly UnderWay[]
  /** A pull whose job fails when the gate is opened. */
  readonly failing: UnderWay
  /** Lets the workers go on. */
  open(): void
}

/** Registers and publishes what the flows ask for. @param gate the file for which workers wait */
export async function offerFlows(services: ServicesOnEdc, gate: string): Promise<void> {
  const limits = { concurrentJobs: 3 }
  await Promise.all([
    services.offer('quick', writesSum, { transfers: ['pull-sync'] }),
    services.offer('gated', waitsFor(gate), { transfers: ['pull'], limits }),
    services.offer('pushed', waitsFor(gate), { transfers: ['push'], limits }),
    services.offer('failing', `${waitsFor(gate)}\nprocess.exit(3)`, { transfers: ['pull'], limits }),
  ])
}

/** Asks for 2 that are granted, 5 pulls of which 3 jobs run and 2 wait, 2 pushes and 1 that is going to fail; waits until all stand there. */
export async function flowsUnderWay(
  services: ServicesOnEdc,
  pair: PairUnderTest,
  gate: string,
): Promise<FlowsUnderWay> {
  const ask = (assetId: string, transferType: string, count: number): Promise<readonly UnderWay[]> =>
    Promise.all(Array.from({ length: count }, () => begun(pair, assetId, transferType)))
  const before = (await listJobs(services.provider.adminUrl)).length
  const [granted, pulls, pushes, [failing]] = await Promise.all([
    ask('quick', sinkTypes.synchronous, 2),
    ask('gated', sinkTypes.asynchronous, 5),
    ask('pushed', 'Compute-PUSH', 2),
    ask('failing', sinkTypes.asynchronous, 1),
  ])
  if (failing === undefined) throw new Error('nothing was asked for')
  for (const { consumerId } of granted) await reaches(pair, 'consumer', consumerId, 'STARTED')
  const expected = ['queued', 'queued', ...Array.from({ length: 6 }, () => 'running'), 'succeeded', 'succeeded']
  await eventually('the load to stand', async () => {
    const jobs = await listJobs(services.provider.adminUrl)
    const states = jobs.slice(0, jobs.length - before).map(({ state }) => state)
    return states.toSorted().join() === expected.join() ? { done: undefined } : { pending: states.join(', ') }
  })
  return { granted, pulls, pushes, failing, open: () => writeFileSync(gate, '') }
}

/** Asks for a flow and waits until the provider knows it. */
export async function begun(pair: PairUnderTest, assetId: string, transferType: string): Promise<UnderWay> {
  const consumerId = await pair.request({ assetId, transferType })
  return eventually(
    `the provider’s process of ${consumerId}`,
    async () => {
      const processId = (await pair.process('provider', consumerId))?.id
      return processId === undefined ? { pending: 'there is none' } : { done: { consumerId, processId } }
    },
    { deadlineMs: 60_000, pauseMs: 100 },
  )
}

/** Every flow is at its end at the provider's service and has one job, which was tried once, and there are no jobs but these. */
export async function oneJobEach(
  t: ExecutionContext,
  { provider }: ServicesOnEdc,
  all: readonly UnderWay[],
): Promise<void> {
  const jobIds: string[] = []
  for (const { processId } of all)
    jobIds.push(
      await eventually(
        `the end of the flow ${processId}`,
        async () => {
          const transfers = await transfersOf(provider, processId)
          const states = transfers.map(({ state }) => state).join(' and ')
          return states === 'ended' ? { done: transfers[0]?.jobId ?? '' } : { pending: `it is ${states}` }
        },
        { deadlineMs: 90_000, pauseMs: 200 },
      ),
    )
  const jobs = await listJobs(provider.adminUrl)
  t.deepEqual(jobs.map(({ id }) => id).toSorted(), jobIds.toSorted(), 'one job each')
  for (const { id, attempts } of jobs) t.true(attempts.length <= 1, `${id} was tried once`)
}

async function transfersOf(
  { folder }: Entrypoint,
  processId: string,
): Promise<readonly { readonly state: string; readonly jobId: string }[]> {
  const store = openSqliteStore(join(folder, 'state.db'), { next: () => 'unused' })
  try {
    return await store.transfersOfProcess('provider', processId)
  } finally {
    await store.close()
  }
}

const reportSchema = z.object({
  findings: z.array(z.looseObject({ rule: z.string(), about: z.string(), message: z.string() })),
})

/** What `dsc check --connectors --digests` finds. */
export async function findingsOf({ adminUrl }: Entrypoint): Promise<readonly string[]> {
  const response = await fetch(`${adminUrl}/api/v1/checks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ digests: true, connectors: true }),
  })
  const { findings } = reportSchema.parse(await response.json())
  return findings.map(({ rule, about, message }) => `${rule} ${about}: ${message}`)
}
