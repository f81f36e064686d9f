import { cleanLine } from './clean.ts'
import type { Style } from './style.ts'
import { displayWidth, pad } from './width.ts'

/** A name with its value; without a value it is left out. */
export type Field = readonly [name: string, value: string | undefined]

/** One thing with its fields, a line each, values below each other. */
export function fields(entries: readonly Field[], style: Style, indent = ''): string {
  const shown = entries.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value] as const],
  )
  const width = Math.max(0, ...shown.map(([name]) => displayWidth(name)))
  return shown.map(([name, value]) => `${indent}${style.dim(pad(name, width))}  ${cleanLine(value)}\n`).join('')
}

/** A heading over a part of a page. */
export function heading(text: string, style: Style): string {
  return `\n${style.bold(text)}\n`
}
