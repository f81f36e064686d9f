import type { Problem } from '../errors.ts'
import { environmentNameProblem, maximumValueBytes } from './environment.ts'

/** Largest dotenv file, in bytes of UTF-8. A ConfigMap takes 1 MiB of values; a settings file near that is a mistake. */
export const maximumDotenvBytes = 256 * 1024

/** What a dotenv file says, or everything that is wrong with it. */
export type DotenvResult =
  | { readonly ok: true; readonly values: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly problems: readonly Problem[] }

interface Reading {
  readonly value: string
  /** Index of the first line after the value. */
  readonly next: number
}

/**
 * Reads an asset's dotenv file. The grammar is the common part of what dotenv readers agree on:
 * `NAME=value` per line, optional `export `, blank lines and `#` comments, an unquoted value ends at ` #` and is trimmed,
 * `'…'` and `` `…` `` are literal, `"…"` knows `\n`, `\r`, `\t`, `\"` and `\\`; quoted values may span lines. Nothing is expanded:
 * `$NAME` stays as it is. Unlike common readers it drops nothing in silence: a line that is none of these, a name given twice,
 * a reserved name, or text after a closing quote is a problem named by its line.
 */
export function parseDotenv(text: string): DotenvResult {
  const problems: Problem[] = []
  const values = new Map<string, string>()
  const firstLine = new Map<string, number>()
  if (byteLength(text) > maximumDotenvBytes) {
    return { ok: false, problems: [{ where: '', message: `has more than ${maximumDotenvBytes} bytes` }] }
  }
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  const withNul = lines.findIndex((line) => line.includes('\0'))
  if (withNul !== -1)
    return { ok: false, problems: [{ where: `line ${withNul + 1}`, message: 'holds a NUL character' }] }
  let index = 0
  while (index < lines.length) {
    const at = index
    const line = (lines[index] ?? '').trimStart()
    index += 1
    if (line.trim() === '' || line.startsWith('#')) continue
    const report = (message: string): void => {
      problems.push({ where: `line ${at + 1}`, message })
    }
    const match = /^(?:export\s+)?([^=\s]*)\s*=\s*(.*)$/s.exec(line)
    if (match === null) {
      report('expected NAME=value, or a comment after #')
      continue
    }
    const name = match[1] ?? ''
    const reading = readValue(match[2] ?? '', lines, at)
    if (typeof reading === 'string') {
      report(reading)
      continue
    }
    index = reading.next
    const nameProblem = environmentNameProblem(name)
    const earlier = firstLine.get(name)
    if (nameProblem !== undefined) report(nameProblem)
    else if (byteLength(reading.value) > maximumValueBytes)
      report(`the value of ${name} has more than ${maximumValueBytes} bytes; put it into the image or an input`)
    else if (earlier !== undefined) report(`${name} is set already in line ${earlier}`)
    else {
      values.set(name, reading.value)
      firstLine.set(name, at + 1)
    }
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, values: Object.fromEntries(values) }
}

function readValue(rest: string, lines: readonly string[], at: number): Reading | string {
  const quote = rest[0]
  if (quote === '"' || quote === "'" || quote === '`') return readQuoted(rest, quote, lines, at)
  const comment = /(?:^|\s)#/.exec(rest)
  return { value: (comment === null ? rest : rest.slice(0, comment.index)).trim(), next: at + 1 }
}

function readQuoted(first: string, quote: string, lines: readonly string[], at: number): Reading | string {
  let value = ''
  let line = first.slice(1)
  for (let next = at + 1; ; next += 1) {
    for (let i = 0; i < line.length; i += 1) {
      const character = line.charAt(i)
      if (quote === '"' && character === '\\' && i + 1 < line.length) {
        i += 1
        value += unescape(line.charAt(i))
      } else if (character === quote) {
        const after = line.slice(i + 1).trim()
        if (after !== '' && !after.startsWith('#'))
          return 'there is text after the closing quote; only a # comment may follow it'
        return { value, next }
      } else value += character
    }
    if (next >= lines.length) return `the ${quote} that opens the value is never closed`
    value += '\n'
    line = lines[next] ?? ''
  }
}

function unescape(character: string): string {
  switch (character) {
    case 'n':
      return '\n'
    case 'r':
      return '\r'
    case 't':
      return '\t'
    case '"':
    case '\\':
      return character
    default:
      return `\\${character}`
  }
}

/** Length of a text in bytes of UTF-8. */
export function byteLength(text: string): number {
  let bytes = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return bytes
}
