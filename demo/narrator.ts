import type { LogFields, Logger } from '../core/ports/logger.ts'
import type { Timeline } from './timeline.ts'

/** What the service's log messages mean to a visitor. */
const told: Readonly<Record<string, (fields: LogFields) => string>> = {
  'transfer accepted': ({ jobId }) =>
    `provider’s connector asked to provision; job ${String(jobId)} accepted, on disk before the answer`,
  'job queued': () => 'read back from the connector: transfer, agreement, consumer and parameters fit; job queued',
  'attempt launched': ({ attempt }) => `attempt ${String(attempt)} launched`,
  'result registered': ({ files, bytes }) =>
    `worker ended, sidecar uploaded; result registered: ${String(files)} file(s), ${String(bytes)} bytes`,
  'job failed': ({ cause, reason }) => `job failed, cause ${String(cause)}: ${String(reason)}`,
  'callback delivered': ({ kind }) =>
    kind === 'terminate'
      ? 'connector told to terminate the transfer, with the reason'
      : 'callback delivered: the connector knows where the result is',
  'job cleared up': () => 'worker’s traces removed, slot free; logs kept',
}

/** A log that tells the demo's story: the same messages that production writes as JSON. */
export function narrator(timeline: Timeline): Logger {
  return {
    info: (message, fields = {}) => tell(timeline, message, fields),
    warn: (message, fields = {}) => {
      if (!tell(timeline, message, fields)) timeline.step(`${message} ${shown(fields)}`)
    },
    error: (message, fields = {}) => timeline.step(`${message} ${shown(fields)}`),
  }
}

function tell(timeline: Timeline, message: string, fields: LogFields): boolean {
  const sentence = told[message]
  if (sentence !== undefined) timeline.step(sentence(fields))
  return sentence !== undefined
}

function shown(fields: LogFields): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value instanceof Error ? value.message : String(value)}`)
    .join(' ')
}
