import { availableParallelism, loadavg } from 'node:os'
import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import { filesPrefix, manifestKey } from '../../core/job/names.ts'
import { eventually } from '../support/eventually.ts'
import { NAMESPACE } from '../support/management-client.ts'
import { nothingLeft } from './failure-case.ts'
import type { Course, Stage } from './stage.ts'

/** Job and pod must be gone so many milliseconds after the word. */
const promptMs = 10_000
/**
 * Where a machine has more to do than it can, nodes take longer. Then the time counts in which the cluster had nothing to do: ten
 * seconds less what a node takes that is not overloaded, which is 5 to 6 for a worker that is deaf (a second until the deadline is
 * seen, the grace period of 3, a second or two to remove). Milliseconds.
 */
const promptOfOursMs = 4_000
/** How long a wait lasts that is no promise. Milliseconds. */
const patientMs = 60_000

/** Where a result is read and what opens it, as the service told the connector. */
export interface ToldAddress {
  readonly url: string
  readonly authorization: string
}

const Callback = z.looseObject({
  contentDataAddress: z.object({ properties: z.record(z.string(), z.string()) }),
})

/** The address that the service called back with. */
export async function toldAddress({ wire }: Stage, { providerTransferId }: Course): Promise<ToldAddress> {
  return eventually(`the callback for ${providerTransferId}`, () => {
    const crossing = wire.crossings.find(({ path }) => path.endsWith(`/callback/${providerTransferId}/provision`))
    if (crossing === undefined) return { pending: 'there is none' }
    const { properties } = Callback.parse(JSON.parse(crossing.body)).contentDataAddress
    return {
      done: {
        url: properties[`${NAMESPACE}baseUrl`] ?? '',
        authorization: properties[`${NAMESPACE}authCode`] ?? '',
      },
    }
  })
}

/** The status that the result's address answers with. */
export async function statusOf({ url, authorization }: ToldAddress): Promise<number> {
  const response = await fetch(url, { headers: { authorization } })
  await response.arrayBuffer()
  return response.status
}

/** Waits until the address opens no more, and checks how it refuses. */
export async function closes(t: ExecutionContext, address: ToldAddress, name: string): Promise<void> {
  await eventually(
    `${name}: the token to die`,
    async () => {
      const status = await statusOf(address)
      return status === 200 ? { pending: 'it opens' } : { done: true }
    },
    { deadlineMs: promptMs },
  )
  t.is(await statusOf(address), 401, `${name}: the token is dead`)
}

/** Waits until a result is removed from the store. */
export async function resultRemoved(t: ExecutionContext, stage: Stage, course: Course, name: string): Promise<void> {
  await eventually(
    `${name}: the result to be removed`,
    async () => {
      const { result } = await stage.job(course)
      return typeof result?.['removedAt'] === 'string' ? { done: true } : { pending: JSON.stringify(result) }
    },
    { deadlineMs: patientMs },
  )
  const ref = { jobId: course.jobId, attempt: 1 }
  t.deepEqual(await stage.store.keys(filesPrefix(ref)), [], `${name}: files`)
  t.deepEqual(await stage.store.keys(manifestKey(ref)), [], `${name}: manifest`)
}

/** How an end is told, and what must be true after it. */
export interface Ending {
  readonly name: string
  /** Ends it. */
  readonly word: () => Promise<void> | void
  /** How the job ends up; one that had succeeded stays so. */
  readonly state: 'cancelled' | 'succeeded'
  readonly cancelledBy?: 'connector' | 'operator'
  /** How often the service tells the connector to terminate: never, where the connector ended it. */
  readonly terminations?: 0 | 1
}

/**
 * Says the word and checks what follows: job and pod gone in time, the slot free, the job in its final state, nothing left of
 * files, and no callback after the end.
 */
export async function endsAsItShould(t: ExecutionContext, stage: Stage, course: Course, end: Ending): Promise<void> {
  const { name } = end
  const said = performance.now()
  await end.word()
  const { ms, idleMs } = await stage.cluster.gone(course.jobId, patientMs)
  const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`
  const load = loadavg()[0] ?? 0
  const took = `gone from the cluster ${seconds(ms)} after the word, ${seconds(idleMs)} of them ours, load ${load.toFixed(1)}`
  t.log(`${name}: ${took}`)
  const overloaded = load > 2 * availableParallelism()
  t.true(ms < promptMs || (overloaded && idleMs < promptOfOursMs), `${name}: ${took}`)
  const job = await stage.reaches(course, [end.state], patientMs)
  if (end.state === 'cancelled') {
    t.like(job['cancelled'], { by: end.cancelledBy ?? 'connector' }, `${name}: cancelled by`)
    await nothingLeft(t, stage, course, name)
  } else await resultRemoved(t, stage, course, name)
  const after = stage.wire.crossings.filter(
    ({ path, at, method }) => method === 'POST' && at > said && path.includes(course.providerTransferId),
  )
  const told = (kind: RegExp): number => after.filter(({ path, status }) => kind.test(path) && status < 300).length
  t.is(told(/\/callback\/.*\/provision$/), 0, `${name}: no callback after the end`)
  t.is(told(/\/terminate$/), end.terminations ?? 0, `${name}: terminations`)
}
