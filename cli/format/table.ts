import { cleanLine } from './clean.ts'
import type { Style } from './style.ts'
import { cut, displayWidth, pad } from './width.ts'

/** A column of a table. */
export interface Column {
  readonly head: string
  /** Numbers stand at the right. */
  readonly align?: 'left' | 'right'
  /** Gives way first where the table is wider than the terminal, down to this many columns. */
  readonly shrinkTo?: number
  /** How a cell is set off, from its text. */
  readonly paint?: (text: string, style: Style) => string
}

const gap = 2

/**
 * A table with a head, columns by two spaces apart. Cells are cleaned of control characters.
 * @param width columns of the terminal, to which the table is shortened where columns allow it; `undefined`: never shortened
 * @returns the lines with line feeds; empty where there are no rows
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { width, style }: { readonly width: number | undefined; readonly style: Style },
): string {
  if (rows.length === 0) return ''
  const cells = rows.map((row) => columns.map((_, index) => cleanLine(row[index] ?? '')))
  const widths = fit(columns, naturalWidths(columns, cells), width)
  const line = (row: readonly string[], paint: (text: string, column: Column) => string): string =>
    columns
      .map((column, index) => {
        const columnWidth = widths[index] ?? 0
        return pad(
          paint(cut(row[index] ?? '', columnWidth), column),
          columnWidth,
          column.align === 'right' ? 'left' : 'right',
        )
      })
      .join(' '.repeat(gap))
      .trimEnd()
  const head = line(
    columns.map((column) => column.head),
    (text) => style.bold(text),
  )
  const body = cells.map((row) => line(row, (text, column) => column.paint?.(text, style) ?? text))
  return [head, ...body].map((text) => `${text}\n`).join('')
}

function naturalWidths(columns: readonly Column[], cells: readonly (readonly string[])[]): number[] {
  return columns.map((column, index) =>
    Math.max(displayWidth(column.head), ...cells.map((row) => displayWidth(row[index] ?? ''))),
  )
}

/** Takes what is too much from the widest column that may still give, again and again. */
function fit(columns: readonly Column[], natural: readonly number[], width: number | undefined): readonly number[] {
  if (width === undefined) return natural
  const widths = [...natural]
  const total = (): number => widths.reduce((sum, one) => sum + one, 0) + gap * (columns.length - 1)
  const least = columns.map((column, index) => column.shrinkTo ?? natural[index] ?? 0)
  while (total() > width) {
    const slack = widths.map((one, index) => one - (least[index] ?? 0))
    const widest = widths.reduce<number | undefined>((found, one, index) => {
      if ((slack[index] ?? 0) <= 0) return found
      return found === undefined || one > (widths[found] ?? 0) ? index : found
    }, undefined)
    if (widest === undefined) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}
