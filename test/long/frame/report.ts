import { z } from 'zod'

const machine = z.object({
  processor: z.string(),
  cores: z.number(),
  memoryMiB: z.number(),
  system: z.string(),
  node: z.string(),
})
const result = z.object({
  run: z.string(),
  title: z.string(),
  /** When it began. */
  date: z.iso.datetime(),
  machine,
  seed: z.number(),
  /** Share of the full size. */
  size: z.number(),
  seconds: z.number(),
  /** Load average of the last minute before and after: what else the machine was doing, and what this made it do. */
  load: z.object({ before: z.number(), after: z.number() }),
  outcome: z.discriminatedUnion('is', [
    z.object({
      is: z.literal('done'),
      figures: z.record(z.string(), z.union([z.number(), z.string()])),
      violations: z.array(z.string()),
    }),
    z.object({ is: z.literal('skipped'), reason: z.string() }),
    z.object({ is: z.literal('failed'), reason: z.string() }),
  ]),
})

/** Results as they are written to disk. */
export const reportSchema = z.object({ results: z.array(result) })

/** What several runs found, each with when and where it ran. */
export type Report = z.output<typeof reportSchema>
/** What one run found. */
export type Result = Report['results'][number]

/** Whether a run broke no promise. A skipped one says nothing. */
export function isWell({ outcome }: Result): boolean {
  return outcome.is === 'skipped' || (outcome.is === 'done' && outcome.violations.length === 0)
}

/** The kept report with new results in the place of older ones of the same runs. Skipped runs change nothing. */
export function mergeReport(kept: Report | undefined, fresh: Report): Report {
  const results = [...(kept?.results ?? [])]
  for (const one of fresh.results.filter(({ outcome }) => outcome.is !== 'skipped')) {
    const at = results.findIndex(({ run }) => run === one.run)
    if (at < 0) results.push(one)
    else results[at] = one
  }
  return { results }
}
