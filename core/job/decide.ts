import { formatDuration } from '../asset/duration.ts'
import type { ComputeAsset } from '../asset/schema.ts'
import type { Container, Observation, StepObservation, Waiting } from '../ports/backend.ts'
import { causes, type Failure } from './causes.ts'
import { type ActiveJob, type Attempt, latestAttempt } from './job.ts'

/** Time limits that belong to the service, not to an asset. Milliseconds. */
export interface ServiceLimits {
  /** How long the sidecar may upload. Long, because a pause of the object store must not cost the computation. */
  readonly uploadTimeoutMs: number
  /** How long a stopped worker may take to end before its attempt is given up. */
  readonly stopTimeoutMs: number
}

/** What to do next for a job with an attempt under way. */
export type Decision =
  /** Nothing yet; look again at this time (milliseconds since 1970) whatever happens. */
  | { readonly do: 'wait'; readonly until: number }
  /** Bring the objects into being. */
  | { readonly do: 'launch' }
  /** The worker was seen to run. */
  | { readonly do: 'note-running'; readonly workerStartedAt: number }
  /** The worker was seen to have ended with 0. */
  | { readonly do: 'note-storing'; readonly workerStartedAt: number }
  /** End the worker; the attempt then fails with this. */
  | { readonly do: 'stop'; readonly failure: Failure }
  /** The sidecar says that it is done: look for the result. */
  | { readonly do: 'settle' }
  /** The attempt failed. `container`: whose log explains it. */
  | { readonly do: 'fail'; readonly failure: Failure; readonly container: Container }

/**
 * Decides from what is true of an attempt. Pure, and the same for every backend.
 * @param now milliseconds since 1970
 */
export function decide(
  job: ActiveJob,
  observation: Observation,
  limits: ComputeAsset['limits'],
  service: ServiceLimits,
  now: number,
): Decision {
  const attempt = latestAttempt(job)
  if (attempt === undefined) return { do: 'launch' }
  const startBy = attempt.startedAt + limits.startTimeout
  if (!attempt.launched && now >= startBy && !hasStarted(observation)) {
    const message = `The backend did not take the attempt within limits.startTimeout (${formatDuration(limits.startTimeout)}).`
    return { do: 'fail', failure: { cause: 'start-timeout', message }, container: 'worker' }
  }
  switch (observation.presence) {
    case 'absent':
      return attempt.launched
        ? { do: 'fail', failure: attempt.stopping?.failure ?? lost(), container: 'worker' }
        : { do: 'launch' }
    case 'removing':
      return { do: 'fail', failure: attempt.stopping?.failure ?? lost(), container: 'worker' }
    case 'present':
      return attempt.launched ? decideStep(job, attempt, observation.step, limits, service, now) : { do: 'launch' }
  }
}

/** Whether the worker was started already, or somebody removes the attempt: then it is not the launch that is late. */
function hasStarted(observation: Observation): boolean {
  return (
    observation.presence === 'removing' ||
    (observation.presence === 'present' && observation.step.phase !== 'preparing')
  )
}

function decideStep(
  job: ActiveJob,
  attempt: Attempt,
  step: StepObservation,
  limits: ComputeAsset['limits'],
  service: ServiceLimits,
  now: number,
): Decision {
  if (step.phase === 'failed')
    return { do: 'fail', failure: attempt.stopping?.failure ?? step.failure, container: step.container }
  if (step.phase === 'stored') return { do: 'settle' }
  if (attempt.stopping?.failure !== undefined) {
    const until = attempt.stopping.since + service.stopTimeoutMs
    return now >= until ? { do: 'fail', failure: attempt.stopping.failure, container: 'worker' } : { do: 'wait', until }
  }
  switch (step.phase) {
    case 'preparing':
      if (step.waiting !== undefined)
        return judgeWaiting(step.waiting, step.fetchStartedAt === undefined ? 'fetch' : 'worker', limits, now)
      return judgeFetch(step.fetchStartedAt ?? attempt.startedAt, limits, now)
    case 'running': {
      if (job.state === 'starting') return { do: 'note-running', workerStartedAt: step.workerStartedAt }
      const until = step.workerStartedAt + limits.timeout
      if (now < until) return { do: 'wait', until }
      return {
        do: 'stop',
        failure: {
          cause: 'deadline',
          message: `The worker ran longer than limits.timeout (${formatDuration(limits.timeout)}) and was ended.`,
        },
      }
    }
    case 'storing': {
      if (job.state !== 'storing') return { do: 'note-storing', workerStartedAt: step.workerStartedAt }
      if (step.waiting !== undefined) return judgeWaiting(step.waiting, 'upload', limits, now)
      const until = step.workerEndedAt + service.uploadTimeoutMs
      if (now < until) return { do: 'wait', until }
      const message = `The sidecar did not finish the upload within ${formatDuration(service.uploadTimeoutMs)}.`
      return { do: 'fail', failure: { cause: 'upload-failed', message }, container: 'upload' }
    }
  }
}

function judgeWaiting(waiting: Waiting, container: Container, limits: ComputeAsset['limits'], now: number): Decision {
  const { since, trouble } = waiting
  if (trouble?.final === true)
    return { do: 'fail', failure: { cause: trouble.cause, message: trouble.message }, container }
  const until = since + limits.startTimeout
  if (now < until) return { do: 'wait', until }
  const late = `The container ${container} did not start within limits.startTimeout (${formatDuration(limits.startTimeout)})`
  const failure: Failure =
    trouble === undefined
      ? { cause: 'start-timeout', message: `${late}.` }
      : { cause: trouble.cause, message: `${late}: ${trouble.message}` }
  return { do: 'fail', failure, container }
}

function judgeFetch(since: number, limits: ComputeAsset['limits'], now: number): Decision {
  const until = since + limits.startTimeout
  if (now < until) return { do: 'wait', until }
  const message = `The inputs were not fetched within limits.startTimeout (${formatDuration(limits.startTimeout)}).`
  return { do: 'fail', failure: { cause: 'input-failed', message }, container: 'fetch' }
}

function lost(): Failure {
  return { cause: 'node-lost', message: 'The objects of the attempt are gone from the backend, and not by us.' }
}

/** Whether a failed attempt is followed by another one. */
export function mayRetry(attempt: number, failure: Failure, retries: number): boolean {
  return causes[failure.cause].retryable && failure.final !== true && attempt <= retries
}
