import type { Attempt } from '../../core/job/job.ts'
import type { Observation } from '../../core/ports/backend.ts'

/** When the worker started and ended, as far as the backend says so: what usage is counted by. */
export function workerTimes(observation: Observation): Pick<Attempt, 'workerStartedAt' | 'workerEndedAt'> {
  if (observation.presence !== 'present') return {}
  const { step } = observation
  const startedAt = 'workerStartedAt' in step ? step.workerStartedAt : undefined
  const endedAt = 'workerEndedAt' in step ? step.workerEndedAt : undefined
  return {
    ...(startedAt === undefined ? {} : { workerStartedAt: startedAt }),
    ...(startedAt === undefined || endedAt === undefined ? {} : { workerEndedAt: endedAt }),
  }
}
