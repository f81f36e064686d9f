import type { Unit } from './figure.ts'
import type { Report, ReportedFigure, Result } from './report.ts'

/** Heads of the table's columns. */
export const heads = ['Benchmark', 'Figure', 'Measured', 'Aim', 'Reached', 'Beside it, same run', 'Ratio'] as const

/** The table of a report, as text, without its heads. */
export function rowsOf(report: Report): readonly (readonly string[])[] {
  return report.results.flatMap(rowsOfResult)
}

function rowsOfResult({ benchmark, outcome }: Result): readonly (readonly string[])[] {
  if (outcome.is !== 'measured') return [[benchmark, outcome.is, '', '', '', '', '']]
  return outcome.figures.map((figure) => [
    benchmark,
    figure.what,
    amount(figure.value, figure.unit),
    aimText(figure),
    figure.met === undefined ? '' : figure.met ? 'yes' : 'no',
    figure.beside === undefined ? '' : `${amount(figure.beside.value, figure.unit)} ${figure.beside.what}`,
    figure.ratio === undefined ? '' : `${rounded(figure.ratio)}${figure.beside === undefined ? ' of the aim' : ''}`,
  ])
}

function aimText({ aim, unit }: ReportedFigure): string {
  switch (aim?.kind) {
    case undefined:
      return ''
    case 'at-least':
      return `≥ ${amount(aim.value, unit)}`
    case 'at-most':
      return `≤ ${amount(aim.value, unit)}`
    case 'ratio-at-least':
      return `ratio ≥ ${rounded(aim.value)}`
  }
}

function amount(value: number, unit: Unit): string {
  return unit === 'times' ? rounded(value) : unit === '/s' ? `${rounded(value)}/s` : `${rounded(value)} ${unit}`
}

/** Three digits that count; whole numbers stay whole. */
function rounded(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
}
