import { setTimeout as pause } from 'node:timers/promises'
import type { Connector } from '../../core/ports/connector.ts'
import { checkTransfers } from './connectors.ts'
import { checkDigests } from './digests.ts'
import type { Finding } from './finding.ts'
import { attempts } from './rules/attempts.ts'
import { objects } from './rules/objects.ts'
import { receptions } from './rules/receptions.ts'
import { consistentRecord, countedLimits } from './rules/record.ts'
import { forgottenWork, lateWork } from './rules/work.ts'
import { type CheckParts, lookAtAll, type Sight } from './sight.ts'

/** What is to be checked beyond the record, the backend and the names and sizes in the object store. */
export interface CheckOptions {
  /** Read every byte of every result and of everything received. */
  readonly digests: boolean
  /** Ask these connectors about their transfer processes. */
  readonly connectors?: ReadonlyMap<string, Pick<Connector, 'transferProcess'>>
}

/** What a check found. */
export interface CheckReport {
  /** When it ended, milliseconds since 1970. */
  readonly at: number
  readonly findings: readonly Finding[]
  /** What was looked at. */
  readonly seen: {
    readonly jobs: number
    readonly transfers: number
    readonly results: number
    readonly callbacks: number
    readonly receptions: number
    readonly attempts: number
    readonly objects: number
    /** Transfer processes that connectors were asked about. */
    readonly processes: number
  }
}

/** Pauses before a further look. Milliseconds. */
const pausesMs = [4_000, 15_000] as const

/**
 * Compares store, backend, object store and, where asked, connectors, and finds what does not belong together. It reads what lies there,
 * and shares nothing with the code that decides. While the service works, everything is on its way somewhere; so whatever looks wrong is
 * looked at again, twice, and only what looks the same each time is told.
 */
export async function check(
  parts: CheckParts,
  options: CheckOptions,
  pauses: readonly number[] = pausesMs,
): Promise<CheckReport> {
  let report = await once(parts, options)
  for (const milliseconds of pauses) {
    if (report.findings.length === 0) break
    await pause(milliseconds)
    const again = await once(parts, options)
    const before = new Set(report.findings.map(nameOf))
    report = { ...again, findings: again.findings.filter((finding) => before.has(nameOf(finding))) }
  }
  return report
}

async function once(parts: CheckParts, options: CheckOptions): Promise<CheckReport> {
  const { sight, findings } = await lookAtAll(parts)
  const transfers = await checkTransfers(options.connectors ?? new Map(), sight)
  const { jobs, results, callbacks } = sight.contents
  return {
    at: parts.now(),
    findings: [
      ...findings,
      ...rules.flatMap((rule) => rule(sight)),
      ...(options.digests ? await checkDigests(parts, sight) : []),
      ...transfers.findings,
    ],
    seen: {
      jobs: jobs.size,
      transfers: sight.contents.transfers.size,
      results: results.size,
      callbacks: callbacks.size,
      receptions: sight.contents.receptions.size,
      attempts: sight.found.length,
      objects: countObjects(sight),
      processes: transfers.asked,
    },
  }
}

const rules: readonly ((sight: Sight) => readonly Finding[])[] = [
  consistentRecord,
  countedLimits,
  forgottenWork,
  lateWork,
  attempts,
  objects,
  receptions,
]

function countObjects({ objectsOfJobs, objectsOfReceptions, bundles }: Sight): number {
  const lists = [...objectsOfJobs.values(), ...objectsOfReceptions.values()]
  return [...lists.map(({ length }) => length), ...bundles.values()].reduce((sum, count) => sum + count, 0)
}

function nameOf({ rule, about }: Finding): string {
  return `${rule} ${about}`
}
