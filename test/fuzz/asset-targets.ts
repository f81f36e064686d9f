import { isDeepStrictEqual } from 'node:util'
import { byteLength, maximumDotenvBytes, parseDotenv } from '../../core/asset/dotenv.ts'
import { formatDuration, parseDuration } from '../../core/asset/duration.ts'
import { environmentNameProblem } from '../../core/asset/environment.ts'
import { imageProblem } from '../../core/asset/image.ts'
import { compileParameters } from '../../core/asset/parameters.ts'
import { isWholeBytes, isWholeThousandths, parseQuantity } from '../../core/asset/quantity.ts'
import { readAsset } from '../../core/asset/read.ts'
import { ServiceError } from '../../core/errors.ts'
import { dataProblem } from '../../core/plain-data.ts'
import { decodeText } from '../../entrypoint/assets/sent-text.ts'
import { parseAssetDocument } from '../../entrypoint/assets/parse-document.ts'
import { partsOf, positionsIn } from '../../cli/asset/positions.ts'
import { digest, fullAsset, leastAsset } from '../support/example-asset.ts'
import { stringify } from 'yaml'
import { type FuzzTarget, must, unlessRefused } from './fuzz.ts'

const assets = [
  JSON.stringify(leastAsset),
  stringify(leastAsset),
  stringify(fullAsset),
  JSON.stringify(fullAsset, null, 1),
] as const
const assetWords = [
  'apiVersion:',
  'kind: ComputeAsset',
  'metadata:',
  'worker:',
  'image:',
  'env:',
  'parameters:',
  'properties:',
  'type: integer',
  'default:',
  'pattern: "^(a+)+$"',
  'inputs:',
  'from: {url: "http://x/"}',
  'bundled:',
  'outputs:',
  'limits:',
  'timeout: 1h',
  'retries: -1',
  '&a',
  '*a',
  '<<: *a',
  '!!js/function',
  '!!binary',
  '? ',
  '- ',
  '| ',
  '> ',
  '---',
  '...',
  '%YAML 1.1',
  '{a: &a [*a]}',
  '\n  ',
  '"\\u0000"',
  'resources: {cpu: 1}',
  '__proto__: {x: 1}',
]

/** Takes what is taken to be one; an error is one of ours, and says where. */
function asset(text: string): void {
  const document = unlessRefused(() => parseAssetDocument(text), ServiceError)
  if (document === undefined) return
  must(dataProblem(document) === undefined, 'a document went through that is no plain data')
  try {
    const { asset: read } = readAsset(document, undefined, { allowTags: true })
    must(read.outputs.length > 0 && Number.isFinite(read.limits.timeout), 'an asset without outputs or time limit')
  } catch (error) {
    must(error instanceof ServiceError, String(error))
    must(
      error.problems.length > 0 && error.problems.every(({ message }) => message !== ''),
      'a refusal that does not say why',
    )
  }
}

/** Parsers of what providers write. */
export const assetTargets: readonly FuzzTarget[] = [
  {
    parsers: ['core/asset/dotenv.ts parseDotenv'],
    seeds: [
      'A=1\nB="two\\nlines"\nexport C=\'x\' # comment\n',
      '# only a comment\n\nNAME = value #c\r\nX=`a\nb`\r\n',
      '\uFEFFA=',
      'A="\\"\\\\\\t\\r\\n"',
    ],
    words: ['export ', '=', '"', "'", '`', '\\', '\n', '\r', '#', ' #', 'LD_PRELOAD=', 'PATH=', 'A=1\n'],
    check(text) {
      const read = parseDotenv(text)
      if (!read.ok) {
        must(read.problems.length > 0, 'refused without a reason')
        const lines = text.split(/\r\n|\n|\r/).length
        for (const { where, message } of read.problems) {
          const line = Number(/^line (\d+)$/.exec(where)?.[1] ?? (where === '' ? 1 : 0))
          must(line >= 1 && line <= lines && message !== '', `a problem at ${where} of ${lines} lines`)
        }
        return
      }
      must(byteLength(text) <= maximumDotenvBytes, 'too large')
      for (const [name, value] of Object.entries(read.values))
        must(environmentNameProblem(name) === undefined && !value.includes('\0'), `${name} went through`)
      // Written again, with everything quoted, it says the same.
      const written = Object.entries(read.values).map(
        ([name, value]) => `${name}="${value.replaceAll(/["\\]/g, '\\$&').replaceAll('\r', '\\r')}"`,
      )
      const again = parseDotenv(written.join('\n'))
      must(again.ok && isDeepStrictEqual(again.values, read.values), 'written again it says something else')
    },
  },
  {
    parsers: ['core/asset/duration.ts parseDuration', 'core/asset/duration.ts formatDuration'],
    seeds: ['90s', '10m', '1h', '7d', '250ms', '0s', '999999999d'],
    words: ['ms', 's', 'm', 'h', 'd', '1', '-', '.'],
    check(text) {
      const value = parseDuration(text)
      if (value === undefined) return
      must(Number.isFinite(value) && value >= 0, `${value} milliseconds`)
      // Whoever uses one holds it to a bound of years, far below what numbers carry exactly.
      must(
        !Number.isSafeInteger(value) || parseDuration(formatDuration(value)) === value,
        'written again it says something else',
      )
    },
  },
  {
    parsers: [
      'core/asset/quantity.ts parseQuantity',
      'core/asset/quantity.ts isWholeBytes',
      'core/asset/quantity.ts isWholeThousandths',
    ],
    seeds: ['500m', '1', '2Gi', '0.5', '1.000000001', '100000000000000Pi'],
    words: ['m', 'k', 'Ki', 'Mi', 'Gi', '.', 'e3', 'E', '+', '-'],
    check(text) {
      const value = parseQuantity(text)
      if (value === undefined) must(!isWholeBytes(text) && !isWholeThousandths(text), 'whole, and no quantity')
      else must(Number.isFinite(value) && value >= 0, `a quantity of ${value}`)
    },
  },
  {
    parsers: ['core/asset/image.ts imageProblem'],
    seeds: [`registry.example:5000/team/name:1.2@${digest}`, `name@${digest}`, 'a/b/c:tag', `${'a.'.repeat(300)}a/b`],
    words: ['/', ':', '@sha256:', '.', '-', '_', '__', '//', '@'],
    check(text) {
      for (const allowTags of [true, false]) {
        const problem = imageProblem(text, allowTags)
        must(problem === undefined || problem !== '', 'refused without a reason')
        if (problem === undefined) must(/^[\w.:/@-]+$/.test(text), 'an image with characters that mean something else')
      }
    },
  },
  {
    slow: true,
    parsers: ['core/asset/parameters.ts compileParameters'],
    seeds: [
      '{"type":"object","properties":{"TOP":{"type":"integer","minimum":1,"default":5},"constructor":{"type":"string","default":"x"}},"required":["TOP"]}\u0001{"TOP":"7"}',
      '{"type":"object","properties":{"A":{"type":"string","enum":["a","b"],"maxLength":3},"B":{"type":"boolean"},"C":{"type":"number"}}}\u0001{"A":"a","B":"true","C":"1e3"}',
      '{}\u0001{}',
    ],
    words: [
      '"$ref":"#"',
      '"$async":true',
      '"$dynamicRef":"#"',
      '"allOf":[',
      '"pattern":"^a$"',
      '"type":"object"',
      '"properties":{',
      '"not":{}',
      '"$id":"x"',
      '"format":"uri"',
      '"if":{}',
      '\u0001',
    ],
    check(text) {
      const [schema = '', values = ''] = text.split('\u0001')
      let parsed: unknown
      try {
        parsed = [JSON.parse(schema), JSON.parse(values)]
      } catch {
        return
      }
      const [declared, given] = parsed as [unknown, unknown]
      if (
        typeof declared !== 'object' ||
        declared === null ||
        Array.isArray(declared) ||
        dataProblem(parsed) !== undefined
      )
        return
      const compiled = compileParameters(declared as Readonly<Record<string, unknown>>)
      if (!compiled.ok) return must(compiled.problems.length > 0, 'refused without a reason')
      const checked = compiled.schema.check(given)
      if (!checked.ok) return must(checked.problems.length > 0, 'refused without a reason')
      for (const [name, value] of Object.entries(checked.environment))
        must(
          compiled.schema.names.includes(name) && typeof value === 'string' && !value.includes('\0'),
          `${name} went through`,
        )
      return undefined
    },
  },
  {
    slow: true,
    parsers: ['entrypoint/assets/parse-document.ts parseAssetDocument', 'core/asset/read.ts readAsset'],
    seeds: assets,
    words: assetWords,
    check: asset,
  },
  {
    parsers: ['entrypoint/assets/sent-text.ts decodeText'],
    seeds: ['text', 'é\u0000', '\u00C3\u00A9', '\u00F0\u009F\u0098\u0080', '\u00EF\u00BB\u00BFx'],
    check(text) {
      const bytes = Buffer.from(text, 'latin1')
      const read = unlessRefused(() => decodeText(bytes, 'asset'), ServiceError)
      if (read !== undefined)
        must(!read.includes('\uFFFD') || bytes.includes('\uFFFD'), 'something was replaced in silence')
    },
  },
  {
    slow: true,
    parsers: ['cli/asset/positions.ts positionsIn', 'cli/asset/positions.ts partsOf'],
    seeds: [
      `${assets[1]}\u0001inputs[0].from.bundled`,
      `${assets[0]}\u0001worker["odd name"]`,
      'a: [1, {b: 2}]\u0001a[1].b',
    ],
    words: ['\u0001', '[0]', '["', '"]', '.', ...assetWords.slice(0, 12)],
    check(text) {
      const [document = '', path = ''] = text.split('\u0001')
      partsOf(path)
      // The command line asks for places in what could be parsed only.
      if (unlessRefused(() => parseAssetDocument(document), ServiceError) === undefined) return
      const position = positionsIn(document)(path)
      if (position !== undefined) must(position.line >= 1 && position.column >= 1, JSON.stringify(position))
    },
  },
]
