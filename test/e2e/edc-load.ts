import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import { waitsFor, writesSum } from '../dps/service/service-stage.ts'
import { atFirst } from '../failures/at-first.ts'
import { getJob, listJobs, type ShownJob } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import type { EdcStage } from './edc-stage.ts'

/** What becomes of a transfer that nothing disturbs. */
type Kind = 'quick' | 'gated' | 'failing'

/** A transfer that is under way. */
export interface Asked {
  readonly kind: Kind
  /** The consumer's process. */
  readonly consumerId: string
  /** The provider's process. */
  readonly processId: string
  readonly jobId: string
}

/** Transfers under way in every phase. */
export interface EdcLoad {
  /** Granted: the consumer may read. */
  readonly granted: readonly Asked[]
  /** Jobs that run, or wait for a slot, until the gate is opened; then they succeed. */
  readonly gated: readonly Asked[]
  /** Jobs that run until the gate is opened; then they fail. */
  readonly failing: readonly Asked[]
  /** Lets the workers go on. */
  open(): void
}

/** How many run at once of the gated: the others are queued. */
const slots = 4

/** Registers what the load asks for. @param gate the file for which workers wait */
export async function offerLoad(stage: EdcStage, gate: string): Promise<void> {
  await stage.offer('quick', writesSum)
  const limits = { concurrentJobs: slots }
  await stage.offer('gated', waitsFor(gate), { limits })
  await stage.offer('failing', `${waitsFor(gate)}\nprocess.exit(3)`, { limits })
}

/** Names the gate of a folder. */
export function gateIn(folder: string): string {
  return join(folder, 'open')
}

/** Asks for 3 transfers that are granted, 6 of which 4 jobs run and 2 wait, and 2 that are going to fail; waits until all stand there. */
export async function startLoad(stage: EdcStage, gate: string): Promise<EdcLoad> {
  const [granted, gated, failing] = await Promise.all([
    ask(stage, 'quick', 3),
    ask(stage, 'gated', 6),
    ask(stage, 'failing', 2),
  ])
  for (const { consumerId } of granted) await stage.dataspace.consumerReaches(consumerId, ['STARTED'])
  const count = (jobs: readonly ShownJob[], of: readonly Asked[], state: string): number =>
    jobs.filter((job) => job.state === state && of.some(({ jobId }) => jobId === job.id)).length
  await eventually('the load to stand', async () => {
    const jobs = await listJobs(stage.entrypoint.adminUrl)
    const stands =
      count(jobs, gated, 'running') === slots &&
      count(jobs, gated, 'queued') === gated.length - slots &&
      count(jobs, failing, 'running') === failing.length
    return stands ? { done: undefined } : { pending: jobs.map(({ state }) => state).join(', ') }
  })
  return { granted, gated, failing, open: () => writeFileSync(gate, '') }
}

/** Asks for some transfers of one agreement, and waits until each has its job. */
export async function ask(stage: EdcStage, kind: Kind, count: number): Promise<readonly Asked[]> {
  const agreement = await stage.dataspace.negotiate(kind)
  return Promise.all(
    Array.from({ length: count }, async () => taken(stage, kind, await stage.dataspace.transfer(kind, agreement))),
  )
}

/** Waits until the transfer has its job. */
export async function taken(stage: EdcStage, kind: Kind, consumerId: string): Promise<Asked> {
  return eventually(
    `the job of ${consumerId}`,
    async () => {
      const processId = (await stage.dataspace.providerTransfer(consumerId))?.['@id']
      if (processId === undefined) return { pending: 'the provider does not know it' }
      const [transfer] = await stage.transfersOf(processId)
      return transfer === undefined
        ? { pending: 'the service has not accepted it' }
        : { done: { kind, consumerId, processId, jobId: transfer.jobId } }
    },
    { deadlineMs: 60_000, pauseMs: 100 },
  )
}

/**
 * Pauses or kills the provider in the middle of the first callback: `happens` comes to its end before that callback is passed on.
 * @returns resolves when it has happened
 */
export function atFirstCallback({ wire }: EdcStage, happens: () => Promise<void> | void): Promise<void> {
  return atFirst(wire, ({ method, path }) => method === 'POST' && isCallback(path), happens)
}

function isCallback(path: string): boolean {
  return /\/callback\/[^/]+\/provision$/.test(path)
}

const eventSchema = z.looseObject({
  type: z.string(),
  payload: z.looseObject({ transferProcessId: z.string() }),
})

/** How often the provider said that a callback took effect: it provisions a process once. */
export function effectiveCallbacks({ wire }: EdcStage, { processId }: Asked): number {
  const ids = wire.crossings
    .filter(({ path }) => path.endsWith('/events'))
    .map(({ body }) => eventSchema.parse(JSON.parse(body)))
    .filter(({ type, payload }) => type === 'TransferProcessProvisioned' && payload.transferProcessId === processId)
    .map((event) => String(event['id']))
  return new Set(ids).size // an event that was not answered may come again
}

/** Every transfer is at its end and has one job, every job had one attempt with nothing left of it, and there are no jobs but these. */
export async function oneJobEach(t: ExecutionContext, stage: EdcStage, all: readonly Asked[]): Promise<void> {
  const patience = { deadlineMs: 90_000, pauseMs: 200 }
  for (const { kind, processId } of all)
    await eventually(
      `the end of the transfer ${processId} of ${kind}`,
      async () => {
        const states = (await stage.transfersOf(processId)).map(({ state }) => state)
        return states.join() === 'ended' ? { done: true } : { pending: `it is ${states.join(' and ')}` }
      },
      patience,
    )
  const { adminUrl } = stage.entrypoint
  const jobs = await listJobs(adminUrl)
  t.deepEqual(jobs.map(({ id }) => id).toSorted(), all.map(({ jobId }) => jobId).toSorted(), 'one job each')
  for (const { id } of jobs) {
    const job = await eventually(
      `nothing to be left of the job ${id}`,
      async () => {
        const shown = await getJob(adminUrl, id)
        return isGone(shown) ? { done: shown } : { pending: JSON.stringify(shown) }
      },
      patience,
    )
    t.true(job.attempts.length <= 1, `${id} was tried once`)
  }
  t.deepEqual(await stage.findings(), [])
}

function isGone({ state, attempts, result }: ShownJob): boolean {
  return (
    ['succeeded', 'failed', 'cancelled'].includes(state) &&
    attempts.every(({ objectsRemoved }) => objectsRemoved) &&
    (result === undefined || typeof result['removedAt'] === 'string')
  )
}
