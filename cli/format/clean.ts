import { stripVTControlCharacters } from 'node:util'

/**
 * Text of others (log lines, messages, titles) without anything that a terminal would obey: escape sequences and control characters other
 * than tab and line feed. Direction overrides go, too: they can make a line read differently from what it says.
 */
export function clean(text: string): string {
  return stripVTControlCharacters(text.replaceAll('\r\n', '\n')).replaceAll(
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g,
    '',
  )
}

/** The same in one line: line feeds and tabs become spaces. */
export function cleanLine(text: string): string {
  return clean(text)
    .replaceAll(/[\t\n]+/g, ' ')
    .trim()
}
