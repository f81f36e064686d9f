import { styleText } from 'node:util'

/** Ways to set text off from other text; each gives the text back as it is where colours are off. */
export interface Style {
  bold(text: string): string
  dim(text: string): string
  /** For what went wrong. */
  bad(text: string): string
  /** For what went well. */
  good(text: string): string
  /** For what deserves a look. */
  warning(text: string): string
}

type Format = Parameters<typeof styleText>[0]

/** Styles for a terminal, or for none. */
export function makeStyle(colour: boolean): Style {
  const style = (format: Format) => (text: string) =>
    colour && text !== '' ? styleText(format, text, { validateStream: false }) : text
  return { bold: style('bold'), dim: style('dim'), bad: style('red'), good: style('green'), warning: style('yellow') }
}
