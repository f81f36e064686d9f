import { causes, hintFor } from '../../core/job/causes.ts'
import { type Job, latestAttempt } from '../../core/job/job.ts'
import type { Backend, Observation, Waiting } from '../../core/ports/backend.ts'
import type { Answer } from '../http/answer.ts'
import type { observationSchema } from './job-schemas.ts'

/** How long the backend may take to say how an attempt stands, in milliseconds: the rest of the job's view must not wait for it. */
const observeMs = 3_000

/** What the backend says of a job's attempt right now, or why that is not known; neither where no attempt is under way. */
export type Observed =
  | Readonly<Record<string, never>>
  | { readonly observed: Answer<typeof observationSchema> }
  | { readonly notObserved: string }

/**
 * Asks the backend how the attempt under way stands, which tells what a job waits for before `startTimeout` does.
 * @param now milliseconds since 1970, once the backend answered
 */
export async function observeJob(backend: Pick<Backend, 'observe'>, job: Job, now: () => number): Promise<Observed> {
  if (job.state !== 'starting' && job.state !== 'running' && job.state !== 'storing') return {}
  const timer = AbortSignal.timeout(observeMs)
  try {
    const observation = await Promise.race([
      backend.observe({ jobId: job.id, attempt: job.attempt }),
      new Promise<never>((_, reject) =>
        timer.addEventListener('abort', () => reject(new Error(`it did not answer within ${observeMs / 1000} s`))),
      ),
    ])
    return { observed: view(observation, latestAttempt(job)?.launched === true, now()) }
  } catch (error) {
    return { notObserved: `The backend was asked: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** @param launched until then its objects are still being made, and what is missing or suspended is no trouble */
function view(observation: Observation, launched: boolean, now: number): Answer<typeof observationSchema> {
  const at = time(now)
  if (observation.presence !== 'present') return { at, phase: observation.presence }
  const { step } = observation
  const { waiting } = { waiting: undefined, ...step }
  if (waiting === undefined) return { at, phase: step.phase }
  const { since, trouble } = waiting
  return {
    at,
    phase: step.phase,
    waiting: waitingView(launched && trouble !== undefined ? { since, trouble } : { since }),
  }
}

function waitingView({ since, trouble }: Waiting): NonNullable<Answer<typeof observationSchema>['waiting']> {
  if (trouble === undefined) return { since: time(since) }
  const { cause, message, final } = trouble
  return {
    since: time(since),
    trouble: { cause, title: causes[cause].title, message, hint: hintFor({ cause, message }), final },
  }
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
