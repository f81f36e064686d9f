import { displayWidth } from './width.ts'

/**
 * Breaks a text between words so that no line is wider than `width`, with an indent before each line. Line breaks stay.
 * @param width columns altogether; `undefined`: lines stay as long as they are
 */
export function wrap(text: string, width: number | undefined, indent = ''): string {
  return text
    .split('\n')
    .flatMap((line) => (width === undefined ? [line] : broken(line, Math.max(20, width - indent.length))))
    .map((line) => `${indent}${line}`.trimEnd())
    .join('\n')
}

function broken(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && displayWidth(longer) > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}
