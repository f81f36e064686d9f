import { stripVTControlCharacters } from 'node:util'

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
/** Characters that terminals draw two columns wide (Unicode East Asian Width W and F, roughly, and emoji). */
const wide =
  /^(?:[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}|[\u{20000}-\u{3FFFD}])/u
const invisible = /^[\p{Mn}\p{Me}\p{Cf}]+$/u

/** How many columns a text takes in a terminal. Styles take none. */
export function displayWidth(text: string): number {
  const plain = stripVTControlCharacters(text)
  // oxlint-disable-next-line no-control-regex -- exactly the printable part of ASCII
  if (/^[\u0020-\u007E]*$/.test(plain)) return plain.length
  return [...graphemes.segment(plain)].reduce((sum, { segment }) => sum + widthOf(segment), 0)
}

function widthOf(grapheme: string): number {
  if (invisible.test(grapheme)) return 0
  return wide.test(grapheme) ? 2 : 1
}

/** The beginning of a plain text that fits into so many columns, with `…` where something was left out. */
export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let result = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    const columns = widthOf(segment)
    if (used + columns > width - 1) break
    result += segment
    used += columns
  }
  return `${result}…`
}

/** The text with spaces up to so many columns. */
export function pad(text: string, width: number, side: 'left' | 'right' = 'right'): string {
  const spaces = ' '.repeat(Math.max(0, width - displayWidth(text)))
  return side === 'right' ? text + spaces : spaces + text
}
