import type { ShownFailure, ShownJob, ShownState } from '../api/jobs.ts'
import type { Output } from '../context.ts'
import { formatAge, formatBytes, formatTime } from './amount.ts'
import { clean } from './clean.ts'
import { fields, heading } from './fields.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'
import { wrap } from './wrap.ts'

function paintState(text: string, style: Style): string {
  const state = text as ShownState // oxlint-disable-line typescript/no-unsafe-type-assertion -- only for a colour
  switch (state) {
    case 'succeeded':
      return style.good(text)
    case 'failed':
      return style.bad(text)
    case 'cancelled':
      return style.warning(text)
    case 'accepted':
    case 'queued':
    case 'starting':
    case 'running':
    case 'storing':
    default:
      return text
  }
}

/** Jobs, a line each. */
export function jobTable(jobs: readonly ShownJob[], now: number, out: Output): string {
  return table(
    [
      { head: 'ID' },
      { head: 'STATE', paint: paintState },
      { head: 'ASSET', shrinkTo: 8 },
      { head: 'CONSUMER', shrinkTo: 8 },
      { head: 'TRY', align: 'right' },
      { head: 'AGE', align: 'right' },
      { head: 'CAUSE', shrinkTo: 8 },
    ],
    jobs.map((job) => [
      job.id,
      job.state,
      job.assetId,
      job.consumerId ?? '',
      String(job.attempt),
      formatAge(now - Date.parse(job.createdAt)),
      job.failure?.cause ?? '',
    ]),
    out,
  )
}

/** One job with everything that is known of it. */
export function formatJob(job: ShownJob, now: number, out: Output): string {
  const { style } = out
  const { origin, parameters, cancelled, failure, result } = job
  const head = fields(
    [
      ['job', job.id],
      ['state', job.state],
      ['since', formatTime(job.since, now)],
      ['asset', `${job.assetId} ${job.assetVersion ?? ''}`],
      ['consumer', job.consumerId ?? undefined],
      ['agreement', job.agreementId ?? undefined],
      ['transfer', origin.transferId],
      ['connector', origin.connectorId],
      ['repeats', origin.retryOf],
      ['repeated as', job.retriedAs],
      [
        'parameters',
        parameters === null
          ? undefined
          : Object.entries(parameters)
              .map(([name, value]) => `${name}=${value}`)
              .join(' '),
      ],
      ['created', formatTime(job.createdAt, now)],
      ['waits', waitingText(job, now)],
      ['backend', job.notObserved],
      ['cancelled', cancelled === undefined ? undefined : `by ${cancelled.by}: ${cancelled.reason}`],
    ],
    style,
  )
  return [
    head,
    attemptsPart(job, now, out),
    failure === undefined ? '' : heading('Failure', style) + failureBody(failure, out),
    result === undefined ? '' : resultPart(result, now, out),
  ].join('')
}

/** What an attempt under way waits for, where its backend says so. */
function waitingText({ observed }: ShownJob, now: number): string | undefined {
  const waiting = observed?.waiting
  if (waiting === undefined) return undefined
  const { since, trouble } = waiting
  const begun = formatTime(since, now)
  return trouble === undefined ? `to start, since ${begun}` : `${trouble.cause}: ${trouble.message} (since ${begun})`
}

function attemptsPart({ attempts }: ShownJob, now: number, out: Output): string {
  if (attempts.length === 0) return ''
  const rows = attempts.map(({ number, startedAt, workerStartedAt, objectsRemoved, failure }) => [
    String(number),
    formatTime(startedAt, now),
    workerStartedAt ?? 'never',
    objectsRemoved ? 'yes' : 'no',
    failure?.cause ?? '',
  ])
  const columns = [
    { head: 'NO', align: 'right' as const },
    { head: 'STARTED', shrinkTo: 24 },
    { head: 'WORKER STARTED', shrinkTo: 14 },
    { head: 'CLEARED' },
    { head: 'CAUSE' },
  ]
  return heading('Attempts', out.style) + table(columns, rows, out)
}

function failureBody({ cause, title, message, hint, exitCode, lastLogLines = [] }: ShownFailure, out: Output): string {
  return [
    fields(
      [
        ['cause', `${cause}: ${title}`],
        ['exit code', exitCode?.toString()],
      ],
      out.style,
    ),
    `${wrap(clean(message), out.width)}\n`,
    lastLogLines.map((line) => `  ${clean(line)}\n`).join(''),
    `${wrap(`${out.style.bold('hint:')} ${clean(hint)}`, out.width)}\n`,
  ].join('')
}

function resultPart(result: NonNullable<ShownJob['result']>, now: number, out: Output): string {
  const { files, totalBytes, registeredAt, expiresAt, removedAt } = result
  const about = fields(
    [
      ['registered', formatTime(registeredAt, now)],
      ['expires', expiresAt === null ? undefined : formatTime(expiresAt, now)],
      ['removed', removedAt === null ? undefined : formatTime(removedAt, now)],
      ['size', formatBytes(totalBytes)],
    ],
    out.style,
  )
  const columns = [
    { head: 'PATH', shrinkTo: 20 },
    { head: 'SIZE', align: 'right' as const },
    { head: 'SHA-256', shrinkTo: 12 },
  ]
  const rows = files.map(({ path, size, sha256 }) => [path, formatBytes(size), sha256])
  return heading('Result', out.style) + about + table(columns, rows, out)
}
