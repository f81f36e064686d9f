import type { ExecutionContext } from 'ava'
import type { Cause } from '../../core/job/causes.ts'
import { attemptName, jobPrefix } from '../../core/job/names.ts'
import type { Container } from '../../core/ports/backend.ts'
import { getLog, type ShownJob } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import type { AssetChanges } from './small-asset.ts'
import type { Course, Stage } from './stage.ts'

/** A failure that is made for real, and all that must be true of its end. */
export interface FailureCase {
  /** Id of the asset; says what fails. */
  readonly name: string
  /** What the worker runs. */
  readonly script?: string
  readonly asset?: AssetChanges
  /** What is done to the job from outside while it is under way. */
  readonly meddle?: (stage: Stage, course: Course) => Promise<void>
  readonly cause: Cause
  /** The message names the thing that is wrong. */
  readonly message: RegExp
  readonly hint: RegExp
  readonly exitCode?: number
  /** The last lines of the log that explains it; `none` where no container said anything, `perhaps` where the log may be lost. */
  readonly lastLines: RegExp | 'none' | 'perhaps'
  /** Logs that stay readable when everything is gone from the cluster. */
  readonly logs?: Readonly<Partial<Record<Container, RegExp>>>
  /** How many attempts there were: the asset allows one retry, so 2 where that can help and 1 where it cannot. */
  readonly attempts: 1 | 2
}

/** Makes the failure and checks everything about its end: job, transfer at the provider and the consumer, logs, cluster, store. */
export async function failsAsItShould(t: ExecutionContext, stage: Stage, one: FailureCase): Promise<void> {
  const { entrypoint, connector, cluster } = stage
  await stage.offer(one.name, one.script ?? 'echo done > $OUTPUT_DIR/out.txt', one.asset)
  const course = await stage.begin(one.name)
  await one.meddle?.(stage, course)
  const failed = await stage.reaches(course, ['failed'])
  const { failure } = failed
  t.is(failure?.cause, one.cause, `${one.name}: cause, with ${failure?.message}`)
  t.regex(failure?.message ?? '', one.message, `${one.name}: message`)
  t.regex(failure?.hint ?? '', one.hint, `${one.name}: hint`)
  t.is(failure?.exitCode, one.exitCode, `${one.name}: exit code`)
  if (one.lastLines === 'none') t.is(failure?.lastLogLines, undefined, `${one.name}: no last lines`)
  else if (one.lastLines !== 'perhaps')
    t.regex(failure?.lastLogLines?.join('\n') ?? '', one.lastLines, `${one.name}: last lines`)

  const consumer = await connector.ended(course.consumerTransferId)
  t.is(consumer.state, 'TERMINATED', `${one.name}: the consumer’s transfer`)
  const provider = connector.transfer('provider', course.providerTransferId)
  t.is(
    provider.errorDetail,
    `${one.cause}: ${failure?.message}`.slice(0, 1000),
    `${one.name}: the reason at the provider`,
  )

  const cleared = await nothingLeft(t, stage, course, one.name)
  t.is(cleared.attempts.length, one.attempts, `${one.name}: attempts, ${JSON.stringify(cleared.attempts)}`)
  for (const [container, text] of Object.entries(one.logs ?? {}))
    t.regex(await getLog(entrypoint.adminUrl, course.jobId, container), text, `${one.name}: log of ${container}`)
  t.deepEqual(await cluster.objects(course.jobId), [], `${one.name}: in the cluster`)
}

/** Waits until every attempt of a job that has no result is cleared up; nothing is left then but logs. */
export async function nothingLeft(t: ExecutionContext, stage: Stage, course: Course, name: string): Promise<ShownJob> {
  const cleared = await clearedUp(stage, course)
  t.deepEqual(await stage.cluster.objects(course.jobId), [], `${name}: in the cluster`)
  const logs = new RegExp(`^${jobPrefix(course.jobId)}attempts/[12]/logs/(fetch|worker|upload)\\.log$`)
  const keys = await stage.store.keys(jobPrefix(course.jobId))
  t.deepEqual(
    keys.filter((key) => !logs.test(key)),
    [],
    `${name}: nothing but logs in the store`,
  )
  return cleared
}

/** Waits until no attempt of a job has objects any more. */
export function clearedUp(stage: Stage, course: Course): Promise<ShownJob> {
  return eventually(
    `${attemptName({ jobId: course.jobId, attempt: 1 })} to be cleared up`,
    async () => {
      const job = await stage.job(course)
      return job.attempts.every((attempt) => attempt.objectsRemoved)
        ? { done: job }
        : { pending: JSON.stringify(job.attempts) }
    },
    { deadlineMs: 120_000, pauseMs: 100 },
  )
}

/** The cause of an attempt's failure, `undefined` where it did not fail. */
export function failureCause(failure: unknown): unknown {
  return typeof failure === 'object' && failure !== null && 'cause' in failure ? failure.cause : undefined
}
