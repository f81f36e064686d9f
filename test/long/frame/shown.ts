import type { Report, Result } from './report.ts'

/** Heads of the table's columns. */
export const heads = ['Run', 'What was done', 'Violations', 'Size', 'Seed', 'Time', 'Date'] as const

/** The table of a report, as text, without its heads. */
export function rowsOf({ results }: Report): readonly (readonly string[])[] {
  return results.map((result) => [
    result.run,
    done(result),
    violations(result),
    result.size === 1 ? 'full' : String(result.size),
    String(result.seed),
    duration(result.seconds),
    result.date.slice(0, 10),
  ])
}

/** A report as a page of the documentation shows it: the table, then what it ran on, and every violation. */
export function markdownOf(report: Report): string {
  const machines = new Set(report.results.map(describeMachine))
  const broken = report.results.flatMap(({ run, outcome }) =>
    outcome.is === 'done' ? outcome.violations.map((violation) => `- **${run}**: ${violation}`) : [],
  )
  return [
    row(heads),
    row(heads.map(() => '---')),
    ...rowsOf(report).map(row),
    '',
    ...[...machines].map((machine) => `On ${machine}.`),
    ...(broken.length === 0 ? [] : ['', ...broken]),
  ].join('\n')
}

function done({ outcome }: Result): string {
  if (outcome.is !== 'done') return `${outcome.is}: ${outcome.reason.split('\n', 1)[0] ?? ''}`
  return Object.entries(outcome.figures)
    .map(([what, value]) => `${what}: ${value}`)
    .join('; ')
}

function violations({ outcome }: Result): string {
  return outcome.is === 'done' ? String(outcome.violations.length) : ''
}

function describeMachine({ machine }: Result): string {
  return `${machine.cores} cores of ${machine.processor} with ${machine.memoryMiB} MiB, ${machine.system}, Node ${machine.node}`
}

function duration(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}
