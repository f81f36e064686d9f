import { z } from 'zod'

const samples = z.object({
  count: z.number(),
  least: z.number(),
  p50: z.number(),
  p90: z.number(),
  p99: z.number(),
  most: z.number(),
})
const figure = z.object({
  what: z.string(),
  value: z.number(),
  unit: z.enum(['/s', 'ms', 's', 'MiB', 'MiB/s', 'times']),
  samples: samples.optional(),
  aim: z.object({ kind: z.enum(['at-least', 'at-most', 'ratio-at-least']), value: z.number() }).optional(),
  beside: z.object({ what: z.string(), value: z.number() }).optional(),
  /** Whether the aim was reached. */
  met: z.boolean().optional(),
  /** To what was measured beside it, else to the aim. */
  ratio: z.number().optional(),
})
const result = z.object({
  benchmark: z.string(),
  title: z.string(),
  /** When it began. */
  date: z.iso.datetime(),
  outcome: z.discriminatedUnion('is', [
    z.object({ is: z.literal('measured'), figures: z.array(figure), notes: z.array(z.string()) }),
    z.object({ is: z.literal('skipped'), reason: z.string() }),
    z.object({ is: z.literal('failed'), reason: z.string() }),
  ]),
  seconds: z.number(),
  /** Load average of the last minute before and after: what else the machine was doing, and what this made it do. */
  load: z.object({ before: z.number(), after: z.number() }),
})

/** A report as it is written to disk. */
export const reportSchema = z.object({
  date: z.iso.datetime(),
  quick: z.boolean(),
  machine: z.object({
    processor: z.string(),
    cores: z.number(),
    memoryMiB: z.number(),
    system: z.string(),
    node: z.string(),
  }),
  results: z.array(result),
})

/** Everything one run found. */
export type Report = z.output<typeof reportSchema>
/** What one benchmark came to. */
export type Result = Report['results'][number]
/** A figure as it stands in a report. */
export type ReportedFigure = z.output<typeof figure>
