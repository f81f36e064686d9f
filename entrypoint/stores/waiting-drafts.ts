import { z } from 'zod'
import type { AuditDraft } from '../../core/audit/entry.ts'

/** What the chain needs of a draft: enough to place it, and to fill the columns that the log is searched by. */
const draftSchema = z.looseObject({
  actor: z.looseObject({
    kind: z.string(),
    id: z.string().optional(),
    name: z.string().optional(),
    via: z.string().optional(),
  }),
  action: z.string(),
  object: z.looseObject({ kind: z.string(), id: z.string() }),
  jobId: z.string().optional(),
  outcome: z.string(),
  requestId: z.string().optional(),
  detail: z.record(z.string(), z.unknown()).optional(),
})
const draftsSchema = z.array(draftSchema).min(1)
/** The latest moment that a date can tell (ECMAScript, time values). Milliseconds since 1970. */
const latestMoment = 8.64e15

/**
 * Entries that wait for their places in the chain, from their row.
 * @param at milliseconds since 1970
 * @param text as it was written down: the drafts as JSON
 * @returns `undefined` where nobody can read them: one such row must not keep all others from the chain
 */
export function waitingDrafts(at: number, text: string): readonly AuditDraft[] | undefined {
  if (!(Math.abs(at) <= latestMoment)) return undefined
  try {
    const drafts: readonly AuditDraft[] = JSON.parse(text)
    return draftsSchema.safeParse(drafts).success ? drafts : undefined
  } catch {
    return undefined
  }
}
