import { formatDuration } from '../../core/asset/duration.ts'
import { type Cause, causes } from '../../core/job/causes.ts'
import type { ShownFailure, ShownJob } from '../api/jobs.ts'
import { count, formatBytes, formatSpan, formatTime } from '../format/amount.ts'
import type { Explanation } from './explanation.ts'
import type { AssetTerms, Surroundings } from './surroundings.ts'

/** A connector answers within a second; a job that waits longer than this for its answer waits for something else. Milliseconds. */
const patienceMs = 30_000

/**
 * Explains why a job is where it is and what happens next. Pure.
 * @param now milliseconds since 1970
 */
export function explain(job: ShownJob, around: Surroundings, now: number): Explanation {
  const since = formatSpan(now - Date.parse(job.since))
  switch (job.state) {
    case 'accepted':
      return explainAccepted(job, since, now)
    case 'queued':
      return explainQueued(job, around, since)
    case 'starting':
      return explainStarting(job, around.terms, now)
    case 'running':
      return explainRunning(job, around.terms, now)
    case 'storing':
      return explainStoring(job, around.terms, since, now)
    case 'succeeded':
      return explainSucceeded(job, now)
    case 'failed':
      return explainFailed(job, around.terms)
    case 'cancelled':
      return {
        headline: `The job was cancelled by the ${job.cancelled?.by ?? 'connector'}.`,
        details: [...(job.cancelled === undefined ? [] : [`Reason given: ${job.cancelled.reason}`]), ...retried(job)],
        next: ['Nothing: it is over. Its consumer may start a new transfer.', ...remains(job)],
      }
  }
}

function explainAccepted(job: ShownJob, since: string, now: number): Explanation {
  const late = now - Date.parse(job.since) > patienceMs
  return {
    headline: `The job waits for its connector since ${since}.`,
    details: [
      `Before anything runs, ${connectorOf(job)} is asked whether the transfer and its agreement are real. That has not succeeded yet.`,
    ],
    ...(late
      ? {
          hint: 'This takes a second as a rule. dsc connector check tells whether the connector answers and takes our key.',
        }
      : {}),
    next: ['The connector is asked again and again until it answers.'],
  }
}

function explainQueued(job: ShownJob, { terms, ahead = [] }: Surroundings, since: string): Explanation {
  const before = job.attempts.at(-1)
  const failure = before?.failure
  const slots =
    terms === undefined ? '' : ` The asset has ${count(terms.concurrentJobs, 'slot')} (limits.concurrentJobs);`
  const holders = ` ${count(ahead.length, 'other job')} of it ${ahead.length === 1 ? 'is' : 'are'} under way.`
  const clearing = before !== undefined && !before.objectsRemoved
  return {
    headline:
      failure === undefined
        ? `The job waits for a slot since ${since}.`
        : `Attempt ${before?.number ?? ''} failed (${failure.cause}); attempt ${job.attempt} waits since ${since}.`,
    details: [
      clearing
        ? 'The objects of the attempt before are being removed; the next one begins when they are gone.'
        : `It is verified.${slots}${holders}`,
      ...(terms !== undefined && !clearing && ahead.length < terms.concurrentJobs
        ? [
            'The asset seems to have a free slot: then its turn comes in a moment, or the limit of its consumer (DSC_CONSUMER_RUNNING_JOBS) or of the whole service (DSC_RUNNING_JOBS) is reached.',
          ]
        : []),
    ],
    ...(failure === undefined ? {} : { failure }),
    ...(terms !== undefined && !clearing && ahead.length >= terms.concurrentJobs
      ? { hint: 'Raise limits.concurrentJobs in a new version of the asset, if the backend has room for more.' }
      : {}),
    next: [
      'It starts by itself when a slot is free and it is its turn: the consumer with the fewest running jobs is next. A slot is free when nothing of a job is left on the backend.',
    ],
  }
}

function explainStarting(job: ShownJob, terms: AssetTerms | undefined, now: number): Explanation {
  const attempt = job.attempts.at(-1)
  const began = Date.parse(attempt?.startedAt ?? job.since)
  const number = attempt?.number ?? job.attempt
  const kept = keptFromStarting(job, terms, now)
  if (kept !== undefined) return { ...kept, headline: `Attempt ${number} cannot start yet: ${kept.headline}` }
  return {
    headline: `Attempt ${number} is being started for ${formatSpan(now - began)}.`,
    details: [
      job.observed?.phase === 'absent'
        ? 'The backend has nothing of it yet: its objects are about to be made, or the backend does not take them, for example because its quota is full. The service’s log tells then.'
        : 'The image is pulled, the inputs are fetched, or the backend looks for a place to run it.',
      ...unseen(job),
      ...retried(job),
    ],
    hint: `dsc job logs ${job.id} --container fetch shows what was fetched.`,
    next:
      terms === undefined
        ? ['When the worker starts, the job is running.']
        : [
            `What does not start within limits.startTimeout (${formatDuration(terms.startTimeout)}, for each container anew) fails, and the cause then says what kept it.`,
          ],
  }
}

/** What the backend names as keeping a container from starting; `undefined` where it names nothing. */
function keptFromStarting(job: ShownJob, terms: AssetTerms | undefined, now: number): Explanation | undefined {
  const { waiting } = job.observed ?? {}
  const trouble = waiting?.trouble
  if (waiting === undefined || trouble === undefined) return undefined
  const since = Date.parse(waiting.since)
  return {
    headline: `${lowerFirst(trouble.title)} (${trouble.cause}).`,
    details: [`It waits for ${formatSpan(now - since)}. The backend says:`, trouble.message, ...retried(job)],
    hint: trouble.hint,
    next: [
      trouble.final
        ? 'Waiting cannot mend this: the attempt fails in a moment.'
        : terms === undefined
          ? 'It starts by itself once that is mended.'
          : `It starts by itself once that is mended. Else it fails at the end of limits.startTimeout (${formatDuration(terms.startTimeout)}): ${formatTime(new Date(since + terms.startTimeout).toISOString(), now)}.`,
    ],
  }
}

/** That the backend could not be asked, where it could not. */
function unseen({ notObserved }: ShownJob): string[] {
  return notObserved === undefined ? [] : [`What it waits for cannot be seen right now. ${notObserved}`]
}

function explainRunning(job: ShownJob, terms: AssetTerms | undefined, now: number): Explanation {
  const attempt = job.attempts.at(-1)
  const began = Date.parse(attempt?.workerStartedAt ?? job.since)
  return {
    headline: `The worker runs for ${formatSpan(now - began)}.`,
    details: [...unseen(job), ...retried(job)],
    next:
      terms === undefined
        ? []
        : [
            `It may run for ${formatDuration(terms.timeout)} (limits.timeout), that is until ${formatTime(new Date(began + terms.timeout).toISOString(), now)}; then it is ended.`,
          ],
    hint: `dsc job logs ${job.id} -f follows what it writes.`,
  }
}

function explainStoring(job: ShownJob, terms: AssetTerms | undefined, since: string, now: number): Explanation {
  const kept = keptFromStarting(job, terms, now)
  if (kept !== undefined)
    return { ...kept, headline: `The worker ended well; the upload cannot start yet: ${kept.headline}` }
  return {
    headline: `The worker ended well; its outputs are being uploaded for ${since}.`,
    details: [...unseen(job), ...retried(job)],
    next: ['When the result is complete, the connector is told where it is.'],
    hint: `dsc job logs ${job.id} --container upload shows how far it is.`,
  }
}

function explainSucceeded(job: ShownJob, now: number): Explanation {
  const { result } = job
  if (result === undefined) return { headline: 'The job ended well.', details: retried(job), next: remains(job) }
  const files = `${count(result.files.length, 'file')}, ${formatBytes(result.totalBytes)}`
  return {
    headline: `The job ended well: ${files}.`,
    details: retried(job),
    next: [resultNext(job, now), ...remains(job)],
  }
}

function resultNext({ result }: ShownJob, now: number): string {
  if (result?.removedAt != null) return `The result was removed: ${formatTime(result.removedAt, now)}.`
  if (result?.expiresAt != null)
    return `The transfer is over; the result is removed ${formatTime(result.expiresAt, now)}.`
  return 'The consumer may read the result while its transfer is open.'
}

function explainFailed(job: ShownJob, terms: AssetTerms | undefined): Explanation {
  const { failure } = job
  if (failure === undefined) return { headline: 'The job failed.', details: retried(job), next: [] }
  const reports = terms !== undefined && terms.onFailure !== 'terminate'
  return {
    headline: `The job failed: ${lowerFirst(failure.title)} (${failure.cause}).`,
    details: [...retried(job), triedAgain(job, failure, terms)].filter((text) => text !== ''),
    failure,
    hint: failure.hint,
    next: [
      reports
        ? 'The consumer gets an address that serves the failure (onFailure).'
        : `The transfer is ended at ${connectorOf(job)} with this reason. To try again, the consumer starts a new transfer.`,
      retryLine(job),
      ...remains(job),
    ],
  }
}

/** How the operator has it run again, or has already. */
function retryLine({ id, retriedAs, assetVersion }: ShownJob): string {
  if (retriedAs !== undefined) return `It was run again as ${retriedAs}.`
  return assetVersion === null
    ? 'It was never verified, so it cannot be run again.'
    : `dsc job retry ${id} runs it again for you, and in its place where the transfer is still open; --newest takes the newest version of the asset.`
}

/** The attempts before the last one and why each failed. */
function retried(job: ShownJob): string[] {
  const last = job.attempts.at(-1)?.number
  return job.attempts.flatMap(({ number, failure }) =>
    number === last || failure === undefined
      ? []
      : [`Attempt ${number} failed before: ${failure.message} (${failure.cause})`],
  )
}

function triedAgain(job: ShownJob, { cause }: ShownFailure, terms: AssetTerms | undefined): string {
  if (job.attempts.length === 0) return 'Nothing was started for it.'
  const known = isCause(cause) ? causes[cause] : undefined
  if (known?.retryable === false) return 'It was not tried again: the same job would fail in the same way.'
  if (terms === undefined || known === undefined) return ''
  return terms.retries === 0
    ? 'It was not tried again, because limits.retries is 0; another attempt might end well.'
    : `It was tried ${count(job.attempts.length, 'time')}; limits.retries is ${terms.retries}.`
}

function isCause(text: string): text is Cause {
  return Object.hasOwn(causes, text)
}

/** What is left of a job on the backend. */
function remains(job: ShownJob): string[] {
  return job.attempts.every(({ objectsRemoved }) => objectsRemoved)
    ? []
    : ['What is left of it on the backend is being removed; until then it keeps its slot.']
}

function connectorOf({ origin }: ShownJob): string {
  return origin.connectorId === undefined ? 'its connector' : `the connector ${origin.connectorId}`
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
