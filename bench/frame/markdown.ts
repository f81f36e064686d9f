import { heads, rowsOf } from './rows.ts'
import type { Report } from './report.ts'

/** A report as a page of the documentation shows it: what it was taken on, the table, and the notes of each benchmark. */
export function markdownOf(report: Report): string {
  const { machine, date } = report
  const notes = report.results.flatMap(({ benchmark, date: begun, outcome, load, seconds }) => [
    `- **${benchmark}** (${begun.slice(0, 16).replace('T', ' ')}, ${seconds} s; load average ${load.before} before, ${load.after} after)`,
    ...(outcome.is === 'measured' ? outcome.notes : [firstLine(outcome.reason)]).map((note) => `  - ${note}`),
  ])
  return [
    `${date.slice(0, 10)}, on ${machine.cores} cores of ${machine.processor} with ${machine.memoryMiB} MiB, ${machine.system}, Node ${machine.node}.`,
    '',
    row(heads),
    row(heads.map(() => '---')),
    ...rowsOf(report).map(row),
    '',
    ...notes,
  ].join('\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
