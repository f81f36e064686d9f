/** Random choices that follow from a number. */
export interface Choices {
  /** A whole number from 0, below the limit. */
  below(limit: number): number
  pick<T>(list: readonly [T, ...T[]]): T
}

/** The choices of one input (mulberry32): equal numbers, equal choices. */
export function choicesOf(seed: number, index: number): Choices {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return { below, pick: (list) => list[below(list.length)] ?? list[0] }
}

/** What parsers stumble over, whatever they parse. */
const oddities = [
  '',
  ' ',
  '\n',
  '\r\n',
  '\t',
  '\0',
  '\u0001',
  '\u001B[31m',
  '\u007F',
  '\u0085',
  '\u00A0',
  '\u00AD',
  '\u200B',
  '\u202E',
  '\u2028',
  '\uFEFF',
  '\uFFFD',
  '\uD800',
  '\uDC00',
  'é',
  'e\u0301',
  'İ',
  'ß',
  '😀',
  '-1',
  '0',
  '00',
  '1e309',
  '-0',
  'NaN',
  'Infinity',
  '9007199254740993',
  '4294967296',
  '99999999999999999999',
  '0x10',
  '1.5',
  'true',
  'null',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '../',
  '..\\',
  '/',
  '\\',
  '%2e',
  '%00',
  '%',
  '$',
  '${x}',
  '$(x)',
  '`',
  '"',
  "'",
  '<',
  '>',
  '&',
  ';',
  '|',
  '#',
  '?',
  '@',
  ':',
  ',',
  '=',
  '*',
  '&a *a',
  '[',
  ']',
  '{',
  '}',
  '[[[[[[[[',
  '{{{{',
  '- - - - ',
  '"a":',
  '{"__proto__":{"polluted":1}}',
  '//',
  '--',
  '-->',
  ']]>',
] as const

/** Longest input, in characters. */
const longest = 20_000

/** An input: one of the seeds, changed in one to six ways. */
export function mutated(seeds: readonly [string, ...string[]], words: readonly string[], choices: Choices): string {
  const { below, pick } = choices
  let text = pick(seeds)
  // One in sixteen stays whole, so that what is sound is seen to be taken.
  for (let count = below(16) === 0 ? 0 : 1 + below(6); count > 0; count -= 1) {
    const at = below(text.length + 1)
    const length = below(Math.min(text.length - at, 40) + 1)
    const [before, part, after] = [text.slice(0, at), text.slice(at, at + length), text.slice(at + length)]
    switch (below(10)) {
      case 0: // without a part
        text = before + after
        break
      case 1: // a part twice, or very often
        text = before + part.repeat(pick([2, 2, 3, 17, 500])) + after
        break
      case 2:
      case 3: // something odd in place of a part
        text = before + pick(oddities) + (below(2) === 0 ? part : '') + after
        break
      case 4:
      case 5: // a word of this language
        text =
          before +
          (words.length === 0 ? pick(oddities) : (words[below(words.length)] ?? '')) +
          (below(2) === 0 ? part : '') +
          after
        break
      case 6: // another character
        text = before + String.fromCharCode(below(4) === 0 ? below(65_536) : below(256)) + after.slice(1)
        break
      case 7: {
        // the end of another seed
        const other = pick(seeds)
        text = before + other.slice(below(other.length + 1))
        break
      }
      case 8: // cut off
        text = before
        break
      default: // a part elsewhere
        text = after + part + before
    }
    if (text.length > longest) text = text.slice(0, longest)
  }
  return text
}
