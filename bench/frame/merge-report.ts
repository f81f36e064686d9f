import { isDeepStrictEqual } from 'node:util'
import type { Report } from './report.ts'

/**
 * The report that is kept, with the benchmarks that were measured again in the place of what they came to before. Each tells when it
 * was measured. Where nothing is kept yet, or all was measured again, that is the fresh report.
 * @throws Error where the two are of different machines: their figures do not stand side by side
 */
export function mergeReport(kept: Report | undefined, fresh: Report): Report {
  const names = new Set(fresh.results.map(({ benchmark }) => benchmark))
  const others = kept?.results.filter(({ benchmark }) => !names.has(benchmark)) ?? []
  if (kept === undefined || others.length === 0) return fresh
  if (!isDeepStrictEqual(kept.machine, fresh.machine))
    throw new Error('the report that is kept is of another machine: measure everything again (leave out the names)')
  const order = kept.results.map(({ benchmark }) => benchmark)
  const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length)
  const results = [...others, ...fresh.results].toSorted((a, b) => place(a.benchmark) - place(b.benchmark))
  return { ...fresh, results }
}
