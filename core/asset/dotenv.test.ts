import dotenv from 'dotenv'
import fc from 'fast-check'
import test from 'ava'
import { maximumDotenvBytes, parseDotenv } from './dotenv.ts'
import { environmentNameProblem } from './environment.ts'

const good: readonly (readonly [title: string, text: string, values: Record<string, string>])[] = [
  ['an empty file', '', {}],
  ['blank lines and comments', '\n  \n# NAME=no\n   # nor this\n', {}],
  ['a plain value', 'NAME=value', { NAME: 'value' }],
  ['spaces around name and value', '  NAME \t=  a value  ', { NAME: 'a value' }],
  ['export before the name', 'export NAME=value', { NAME: 'value' }],
  ['a variable called export', 'export=value', { export: 'value' }],
  ['an empty value', 'NAME=\nOTHER=x', { NAME: '', OTHER: 'x' }],
  ['an equals sign in a value', 'NAME=a=b==', { NAME: 'a=b==' }],
  ['a comment after a value', 'NAME=value # why', { NAME: 'value' }],
  ['nothing but a comment after the equals sign', 'NAME=# why', { NAME: '' }],
  ['nothing is expanded', 'NAME=$HOME/${OTHER}\nLIKEWISE="$HOME"', { NAME: '$HOME/${OTHER}', LIKEWISE: '$HOME' }],
  ['quotes inside an unquoted value', `NAME=it's "so"`, { NAME: `it's "so"` }],
  ['single quotes are literal', String.raw`NAME='a\nb "c" # d'`, { NAME: String.raw`a\nb "c" # d` }],
  ['backticks are literal', 'NAME=`a\\nb "c" \'d\'`', { NAME: 'a\\nb "c" \'d\'' }],
  ['escapes in double quotes', String.raw`NAME="a\nb\rc\td\"e\\f\$g"`, { NAME: 'a\nb\rc\td"e\\f\\$g' }],
  ['an empty quoted value', `A=""\nB=''`, { A: '', B: '' }],
  ['spaces inside quotes stay', 'NAME="  a  "', { NAME: '  a  ' }],
  ['a comment after a closing quote', 'NAME="a" # why\nOTHER=\'b\'# why', { NAME: 'a', OTHER: 'b' }],
  ['a value over lines', 'NAME="one\ntwo"\nOTHER=x', { NAME: 'one\ntwo', OTHER: 'x' }],
  ['spaces at the ends of the lines of a quoted value', 'NAME="one  \n  two  "', { NAME: 'one  \n  two  ' }],
  ['a line in a quoted value that looks like a comment', "NAME='one\n# two'", { NAME: 'one\n# two' }],
  ['line ends of Windows and old Macs', 'A=1\r\nB=2\rC="x\r\ny"\r\n', { A: '1', B: '2', C: 'x\ny' }],
  ['a byte order mark', '\uFEFFNAME=value', { NAME: 'value' }],
  ['other scripts in values', 'NAME=größe 数', { NAME: 'größe 数' }],
  ['separators of Unicode that end no line', 'NAME=a\u2028b', { NAME: 'a\u2028b' }],
  ['names that objects inherit', 'constructor=1\ntoString=2', { constructor: '1', toString: '2' }],
]

for (const [title, text, values] of good) {
  test(`takes ${title}`, (t) => t.deepEqual(parseDotenv(text), { ok: true, values }))
}

const bad: readonly (readonly [title: string, text: string, problems: readonly (readonly [string, RegExp])[]])[] = [
  ['a line that sets nothing', 'A=1\nnonsense', [['line 2', /^expected NAME=value, or a comment after #$/]]],
  ['a line with a colon', 'NAME: value', [['line 1', /^expected NAME=value, or a comment after #$/]]],
  ['a space in a name', 'MY NAME=value', [['line 1', /^expected NAME=value, or a comment after #$/]]],
  ['no name', '=value', [['line 1', /name before = is missing/]]],
  ['export without a name', 'export =value', [['line 1', /name before = is missing/]]],
  ['a name that begins with a digit', '1A=x', [['line 1', /"1A" is no name/]]],
  [
    'a name with a dot or hyphen',
    'a.b=x\na-b=x',
    [
      ['line 1', /"a\.b" is no name/],
      ['line 2', /"a-b" is no name/],
    ],
  ],
  ['a name set twice', 'A=1\n\nA=2', [['line 3', /^A is set already in line 1$/]]],
  ['a name set twice with export', 'A=1\nexport A=1', [['line 2', /^A is set already in line 1$/]]],
  [
    'a reserved name',
    'PATH=/tmp\nLD_PRELOAD=x',
    [
      ['line 1', /^PATH is reserved/],
      ['line 2', /^LD_PRELOAD is reserved/],
    ],
  ],
  ['a name that the service sets', 'A=1\nOUTPUT_DIR=/x', [['line 2', /^OUTPUT_DIR is set by the service/]]],
  [
    'text after a closing quote',
    'A="x" y',
    [['line 1', /^there is text after the closing quote; only a # comment may follow it$/]],
  ],
  ['a quote that is never closed', 'A=1\nB="x\nC=y', [['line 2', /^the " that opens the value is never closed$/]]],
  ['a quote escaped at the end', String.raw`A="x\"`, [['line 1', /never closed/]]],
  [
    'every bad line at once',
    'a b\nOK=1\n?=2\nHOME=x',
    [
      ['line 1', /expected/],
      ['line 3', /no name/],
      ['line 4', /reserved/],
    ],
  ],
  [
    'the line of the name, not of the value’s end',
    'PATH="a\nb"\nX=1\nX=2',
    [
      ['line 1', /reserved/],
      ['line 4', /line 3/],
    ],
  ],
  [
    'a value that is too large',
    `A=1\nB=${'x'.repeat(32 * 1024 + 1)}`,
    [['line 2', /value of B has more than 32768 bytes/]],
  ],
  ['a NUL character', 'A=1\nB=1\0', [['line 2', /NUL/]]],
  ['a file that is too large', `A=${'x'.repeat(maximumDotenvBytes)}`, [['', /more than 262144 bytes/]]],
  ['a file that is too large in bytes, not letters', `A=${'€'.repeat(maximumDotenvBytes / 3)}`, [['', /more than/]]],
]

for (const [title, text, expected] of bad) {
  test(`refuses ${title}`, (t) => {
    const result = parseDotenv(text)
    if (result.ok) return t.fail(`was taken: ${JSON.stringify(result.values)}`)
    t.deepEqual(
      result.problems.map(({ where }) => where),
      expected.map(([where]) => where),
    )
    for (const [index, [, message]] of expected.entries()) t.regex(result.problems[index]?.message ?? '', message)
  })
}

test('a file of exactly the largest size is taken', (t) => {
  const lines = Array.from({ length: 10 }, (_, index) => `V${index}=${'x'.repeat(26_000)}\n`).join('')
  t.true(parseDotenv(`${lines}#${'x'.repeat(maximumDotenvBytes - lines.length - 1)}`).ok)
})

const name = fc
  .stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/)
  .filter((text) => environmentNameProblem(text) === undefined)
const values = fc.dictionary(
  name,
  fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
)

test('whatever is written in double quotes is read back', (t) => {
  const escape = (text: string): string =>
    text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  fc.assert(
    fc.property(values, (written) => {
      const text = Object.entries(written).map(([key, value]) => `${key}="${escape(value)}"`)
      t.deepEqual(parseDotenv(text.join('\n')), { ok: true, values: { ...written } })
    }),
  )
})

test('no text makes it throw, and every problem names a line that is there', (t) => {
  fc.assert(
    fc.property(text(), (written) => {
      const result = parseDotenv(written)
      if (result.ok) return
      const lines = written.split(/\r\n|\n|\r/).length
      for (const { where } of result.problems) {
        const line = Number(/^line (\d+)$/.exec(where)?.[1])
        t.true(line >= 1 && line <= lines, where)
      }
    }),
  )
})

/**
 * The package `dotenv` is more lenient: what it drops or guesses, we refuse. On what both accept they give the same values, except
 * (1) `#` without a space before it: a comment for it, part of an unquoted value here, as in POSIX shells and compose files;
 * (2) `\t`, `\"` and `\\` in double quotes: unescaped here, kept by it;
 * (3) a backslash before a closing `'` or backtick: literal here, by it an escaped quote wherever that lets the value go on.
 */
test('what both this grammar and the package dotenv accept means the same', (t) => {
  let compared = 0
  fc.assert(
    fc.property(text(), (written) => {
      const ours = parseDotenv(written)
      if (!ours.ok || deliberatelyDifferent(written)) return
      compared += 1
      t.deepEqual({ ...ours.values }, dotenv.parse(written), JSON.stringify(written))
    }),
    { numRuns: 4000 },
  )
  t.true(compared > 500, `only ${compared} texts were accepted by both`)
})

test('the deliberate differences from the package dotenv are these', (t) => {
  const both = (written: string): readonly unknown[] => {
    const ours = parseDotenv(written)
    return [ours.ok ? ours.values['A'] : ours.problems, dotenv.parse(written)['A']]
  }
  t.deepEqual(both('A=a#b'), ['a#b', 'a'])
  t.deepEqual(both(String.raw`A="a\tb"`), ['a\tb', String.raw`a\tb`])
  t.deepEqual(both(String.raw`A="a\"b"`), ['a"b', String.raw`a\"b`])
  t.deepEqual(both(String.raw`A="a\\b"`), [String.raw`a\b`, String.raw`a\\b`])
  t.deepEqual(both(`A='\\'\nB="\n'\n"`), ['\\', `\\'\nB="\n`])
})

function deliberatelyDifferent(written: string): boolean {
  return /[^\s]#/.test(written) || /\\[t"'`\\]/.test(written)
}

/** Texts made of the pieces that matter to the grammar: most random text is no dotenv file at all. */
function text(): fc.Arbitrary<string> {
  const word = fc.constantFrom(
    'a',
    'B1',
    'x y',
    '#',
    ' # c',
    '"',
    "'",
    '`',
    '\\n',
    '\\r',
    '\\',
    '\\"',
    '\\t',
    '$A',
    '=',
    ' ',
    '\t',
    'é',
  )
  const value = fc.array(word, { maxLength: 5 }).map((parts) => parts.join(''))
  const quoted = fc
    .tuple(fc.constantFrom('"', "'", '`'), fc.array(fc.oneof(word, fc.constant('\n')), { maxLength: 5 }))
    .map(([quote, parts]) => quote + parts.join('') + quote)
  const assignment = fc
    .tuple(
      fc.constantFrom('', 'export ', ' '),
      fc.constantFrom('A', 'B', 'C_1', 'export', 'a.b'),
      fc.constantFrom('=', ' = ', '= '),
      fc.oneof(value, quoted),
      fc.constantFrom('', ' ', ' # c'),
    )
    .map((parts) => parts.join(''))
  const line = fc.oneof({ arbitrary: assignment, weight: 6 }, fc.constantFrom('', '# A=1', '  ', 'nonsense'))
  return fc
    .tuple(fc.array(line, { maxLength: 4 }), fc.constantFrom('\n', '\r\n', '\r'))
    .map(([lines, end]) => lines.join(end))
}
