import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from './random.ts'
import { isProcessOver, type StrictConnector, type StrictProcess } from './strict-connector.ts'
import type { TrialAsset } from './trial-assets.ts'

/** What a consumer and an operator do about one transfer. */
export type ErrandKind =
  | 'ends-well'
  | 'stays-open'
  | 'fails-once'
  | 'fails'
  | 'reported'
  | 'overruns'
  | 'walks-away'
  | 'cancelled'
  | 'refused'

/** Each kind as often as it stands here. */
const mix: readonly ErrandKind[] = [
  ...Array.from({ length: 8 }, () => 'ends-well' as const),
  'stays-open',
  'stays-open',
  'fails-once',
  'fails-once',
  'fails',
  'reported',
  'overruns',
  'walks-away',
  'walks-away',
  'cancelled',
  'refused',
]

/** One transfer, and what has to come of it. */
export interface Errand {
  readonly kind: ErrandKind
  readonly process: StrictProcess
  /** What the consumer read at the address, once it did. */
  read?: string
  /** Whether the operator's word was taken: its answer came. */
  obeyed?: boolean
  /** All that consumer and operator do is done. */
  done: boolean
}

/** What errands are run with. */
export interface ErrandParts {
  readonly random: Random
  readonly connector: StrictConnector
  readonly adminUrl: string
  /** Whether workers live on where the service is killed. */
  readonly workersLive: boolean
  readonly signal: AbortSignal
  readonly violations: string[]
}

const lookMs = 40

/**
 * Begins an errand of any kind.
 * @param wanted a kind that half of them have, besides
 */
export function begin(parts: ErrandParts, wanted?: ErrandKind): Errand {
  const kind = wanted !== undefined && parts.random.chance(0.5) ? wanted : parts.random.pick(mix)
  const { asset, parameters } = orders(kind, parts)
  const process = parts.connector.begin(asset, `agreement-${parts.connector.processes.size}`, parameters)
  const errand: Errand = { kind, process, done: false }
  void run(parts, errand)
    .catch((error: unknown) => {
      if (!parts.signal.aborted) parts.violations.push(`the errand ${kind} of ${process.id} failed: ${String(error)}`)
    })
    .finally(() => (errand.done = true))
  return errand
}

/** What it writes; it tells whose result it is. */
function textOf(process: Pick<StrictProcess, 'agreementId'>): string {
  return `computed under ${process.agreementId}`
}

function orders(
  kind: ErrandKind,
  { random, connector, workersLive }: ErrandParts,
): { readonly asset: TrialAsset; readonly parameters: Readonly<Record<string, unknown>> } {
  const TEXT = textOf({ agreementId: `agreement-${connector.processes.size}` })
  const usual = { WORK_MS: 10 + random.below(300), EXIT: 0, FAIL_ATTEMPTS: 0, TEXT }
  const steady: TrialAsset = workersLive ? 'steady' : 'patient'
  switch (kind) {
    case 'ends-well':
    case 'stays-open':
      return { asset: steady, parameters: usual }
    case 'fails-once':
      return { asset: steady, parameters: { ...usual, FAIL_ATTEMPTS: 1 } }
    case 'fails':
      return { asset: 'steady', parameters: { ...usual, WORK_MS: 20, EXIT: 4, FAIL_ATTEMPTS: 99 } }
    case 'reported':
      return { asset: 'reporting', parameters: { ...usual, EXIT: 3 } }
    case 'overruns':
      return { asset: 'hasty', parameters: { ...usual, WORK_MS: 3_600_000 } }
    case 'walks-away':
    case 'cancelled':
      return { asset: steady, parameters: { ...usual, WORK_MS: 1_500 } }
    case 'refused':
      return { asset: steady, parameters: { UNDECLARED: 1 } }
  }
}

async function run(parts: ErrandParts, errand: Errand): Promise<void> {
  const { random, connector } = parts
  const { kind, process } = errand
  switch (kind) {
    case 'walks-away':
      await rest(parts, random.below(2_000))
      return connector.end(process, 'TERMINATED')
    case 'cancelled':
      await operator(parts, errand, 'cancel', { reason: 'the trial says so' })
      return untilOver(parts, process)
    case 'reported': {
      if (!(await started(parts, process))) return
      await operator(parts, errand, 'retry', { version: 'same' })
      await rest(parts, random.below(500))
      return connector.end(process, 'TERMINATED')
    }
    case 'stays-open':
      if (await started(parts, process)) await readResult(parts, errand)
      return
    default:
      if (!(await started(parts, process))) return
      await readResult(parts, errand)
      return connector.end(process, random.chance(0.6) ? 'COMPLETED' : 'TERMINATED')
  }
}

/** Waits until the consumer may read. False where the transfer ended instead. */
async function started(parts: ErrandParts, process: StrictProcess): Promise<boolean> {
  while (process.state !== 'STARTED') {
    if (isProcessOver(process)) return false
    await rest(parts, lookMs)
  }
  return true
}

async function untilOver(parts: ErrandParts, process: StrictProcess): Promise<void> {
  while (!isProcessOver(process) && process.state !== 'STARTED') await rest(parts, lookMs)
  parts.connector.end(process, 'COMPLETED')
}

/** The consumer reads the result, again while the service is away. */
async function readResult(parts: ErrandParts, errand: Errand): Promise<void> {
  const { baseUrl = '', authKey = '', authCode = '' } = errand.process.address ?? {}
  while (!parts.signal.aborted) {
    const answer = await fetch(baseUrl, {
      headers: { [authKey]: authCode },
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined)
    const text = await answer?.text().catch(() => undefined)
    if (
      answer?.status === 200 &&
      text !== undefined &&
      text.length === Number(answer.headers.get('content-length') ?? text.length)
    ) {
      errand.read = text
      return
    }
    if (answer !== undefined && text !== undefined && answer.status < 500) {
      parts.violations.push(
        `the result of ${errand.process.id} (${errand.kind}) was answered ${answer.status}: ${text.slice(0, 200)}`,
      )
      return
    }
    await rest(parts, lookMs)
  }
}

/** An operator says a word about the job, again until it is answered. */
async function operator(
  parts: ErrandParts,
  errand: Errand,
  word: 'cancel' | 'retry',
  body: Readonly<Record<string, string>>,
): Promise<void> {
  const { process } = errand
  for (;;) {
    const [jobId] = process.jobIds
    if (jobId !== undefined) {
      const answer = await fetch(`${parts.adminUrl}/api/v1/jobs/${jobId}/${word}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.any([parts.signal, AbortSignal.timeout(10_000)]),
      }).catch(() => undefined)
      const text = await answer?.text().catch(() => undefined)
      if (answer !== undefined && text !== undefined && answer.ok) {
        errand.obeyed = true
        return
      }
      // Over, or repeated already: perhaps by a word of ours whose answer was lost.
      if (text?.includes('"job-over"') === true || text?.includes('"job-not-retryable"') === true) return
    }
    if (isProcessOver(process)) return
    await rest(parts, 100)
  }
}

function rest({ signal }: ErrandParts, milliseconds: number): Promise<void> {
  return pause(milliseconds, undefined, { signal })
}

/** What is wrong with the end of an errand, when everything is quiet. */
export function judge({ kind, process, read, obeyed }: Errand, workersLive: boolean): readonly string[] {
  const { provisioned, terminated, endedBy, jobIds, reason = '' } = process
  const wrong: string[] = []
  const name = `${kind} ${process.id}`
  if (!isProcessOver(process)) wrong.push(`${name} is ${process.state} for ever`)
  // A repetition takes the place of the job that it repeats.
  if (jobIds.size > (kind === 'reported' ? 2 : 1)) wrong.push(`${name} has ${jobIds.size} jobs`)
  if (provisioned > 1) wrong.push(`${name} was told of a result ${provisioned} times`)
  if (terminated > 1) wrong.push(`${name} was terminated ${terminated} times`)
  if (endedBy === undefined && isProcessOver(process)) wrong.push(`${name} ended by nobody`)
  if (read !== undefined && kind !== 'reported' && read !== textOf(process))
    wrong.push(`${name} read ${JSON.stringify(read.slice(0, 80))}`)
  const told = `told ${provisioned} times, terminated ${terminated} times, ${reason}`
  const lost = !workersLive && reason.startsWith('node-lost')
  switch (kind) {
    case 'ends-well':
    case 'stays-open':
    case 'fails-once':
      if ((provisioned !== 1 || terminated !== 0 || read === undefined) && !lost)
        wrong.push(`${name} did not end well: ${told}`)
      break
    case 'fails':
      if (provisioned !== 0 || terminated !== 1 || !(reason.startsWith('exit-code') || lost))
        wrong.push(`${name} did not fail as it should: ${told}`)
      break
    case 'overruns':
      if (provisioned !== 0 || terminated !== 1 || !(reason.startsWith('deadline') || lost))
        wrong.push(`${name} did not fail as it should: ${told}`)
      break
    case 'refused':
      if (provisioned !== 0 || terminated !== 1 || !reason.startsWith('invalid-parameters'))
        wrong.push(`${name} was not refused as it should: ${told}`)
      break
    case 'reported':
      if (provisioned !== 1 || terminated !== 0) wrong.push(`${name} was not reported as it should: ${told}`)
      break
    case 'walks-away':
      if (endedBy === 'consumer' && terminated !== 0) wrong.push(`${name} was terminated after its end`)
      break
    case 'cancelled':
      if (obeyed === true && provisioned === 0 && terminated === 0)
        wrong.push(`${name} was cancelled, and its connector was not told`)
      break
  }
  return wrong
}
