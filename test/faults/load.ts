import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { listJobs } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { type Errand, outputOf } from './errand.ts'
import { chance } from './proxy/chance.ts'
import type { FaultStage } from './stage.ts'

/** How a transfer of the load is meant to go. */
export const lots = ['plain', 'large', 'input', 'retried', 'fails', 'consumer-ends', 'operator-ends'] as const
/** One of them. */
export type Lot = (typeof lots)[number]

const plain: Errand = { ms: 200, bytes: 20_000, seed: 1, exitCode: 0 }

/** What the worker of each lot does. */
const errands: Readonly<Record<Lot, Errand>> = {
  plain,
  large: { ...plain, bytes: 9 * 2 ** 20, seed: 2 },
  input: { ...plain, inputs: ['a.txt', 'b.txt'] },
  retried: { ...plain, failures: 1 },
  fails: { ...plain, exitCode: 3 },
  'consumer-ends': { ...plain, ms: 60_000 },
  'operator-ends': { ...plain, ms: 60_000 },
}

/** The lots of a load: each at least once where there is room, the others by the seed. */
export function drawLots(seed: number, count: number): readonly Lot[] {
  return Array.from({ length: count }, (_, index) => lotAt(seed, index))
}

/** The lot of one transfer of a load, by its number from 0. */
export function lotAt(seed: number, index: number): Lot {
  const drawn = index < lots.length ? index : Math.floor(chance(seed, 'lot', index) * lots.length)
  return lots[drawn] ?? 'plain'
}

/** One transfer of the load, from its beginning. */
export interface Course {
  readonly lot: Lot
  readonly consumerTransferId: string
  readonly providerTransferId: string
}

/** Offers every lot's asset. */
export async function offerLots(stage: FaultStage): Promise<void> {
  for (const lot of lots) await stage.offer(lot, errands[lot], lot === 'fails' ? { retries: 0 } : {})
}

/** The consumer asks for a transfer. */
export function begin({ connector }: FaultStage, lot: Lot): Course {
  return { lot, ...connector.request(lot) }
}

/**
 * Goes along with a transfer to its end, as its consumer and the operator do.
 * @returns what went otherwise than it must
 */
export async function follow(stage: FaultStage, course: Course, seed: number): Promise<readonly string[]> {
  const { connector } = stage
  const { lot, consumerTransferId } = course
  switch (lot) {
    case 'fails':
      await connector.ended(consumerTransferId)
      return []
    case 'consumer-ends':
      await pause(500 + 3_000 * chance(seed, consumerTransferId))
      connector.terminate(consumerTransferId, 'changed my mind')
      return []
    case 'operator-ends':
      await cancel(stage, course)
      return []
    default: {
      let access
      try {
        access = await connector.started(consumerTransferId)
      } catch (error) {
        const reason = connector.transfer('provider', course.providerTransferId).errorDetail ?? ''
        return [`a transfer of ${lot} brought no result: ${String(error)} (${reason})`]
      }
      const wrong = await readResult(lot, access)
      connector.terminate(consumerTransferId, 'done')
      return wrong
    }
  }
}

/** Reads a result until it comes whole; a store that is in trouble may cut it off, but never may it be complete and wrong. */
async function readResult(
  lot: Lot,
  access: { readonly endpoint: string; readonly authorization: string },
): Promise<readonly string[]> {
  const expected = sha256(outputOf(errands[lot]))
  return eventually(
    `the result of a transfer of ${lot}`,
    async () => {
      try {
        const answer = await fetch(`${access.endpoint}/files/out.bin`, {
          headers: { authorization: access.authorization },
        })
        const bytes = Buffer.from(await answer.arrayBuffer())
        if (answer.status !== 200) return { pending: `it is answered ${answer.status}` }
        return { done: sha256(bytes) === expected ? [] : [`a result of ${lot} came whole and wrong`] }
      } catch (error) {
        return { pending: String(error) }
      }
    },
    { deadlineMs: 240_000, pauseMs: 200 },
  )
}

/** Cancels every job of this lot until this one's transfer is over. */
async function cancel({ entrypoint, connector }: FaultStage, { lot, consumerTransferId }: Course): Promise<void> {
  await pause(500)
  await eventually(
    'the operator’s cancel to end the transfer',
    async () => {
      if (connector.transfer('consumer', consumerTransferId).state === 'TERMINATED') return { done: undefined }
      const listed = await listJobs(entrypoint.adminUrl).catch(refused)
      if (typeof listed === 'string') return { pending: listed }
      const jobs = listed.filter((job) => job['assetId'] === lot && !over.has(job.state))
      const answers = await Promise.all(jobs.map(({ id }) => tryToCancel(entrypoint.adminUrl, id)))
      return { pending: answers.join('; ') || 'there is no job to cancel' }
    },
    { deadlineMs: 240_000, pauseMs: 200 },
  )
}

/** What an operator is told while the database is in trouble. */
function refused(error: unknown): string {
  const text = String(error)
  if (text.includes('was answered 503')) return text
  throw error
}

async function tryToCancel(adminUrl: string, jobId: string): Promise<string> {
  const answer = await fetch(`${adminUrl}/api/v1/jobs/${jobId}/cancel`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'the operator says so' }),
  })
  return `${answer.status}: ${await answer.text()}`
}

/** States in which a job is over. */
export const over: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled'])

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
