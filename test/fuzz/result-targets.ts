import { isDeepStrictEqual } from 'node:util'
import { join, resolve } from 'node:path'
import { readExportedLine } from '../../core/audit/chain.ts'
import { ServiceError } from '../../core/errors.ts'
import { parseSidecarReport } from '../../core/job/sidecar-task.ts'
import { canonicalJson } from '../../core/publication/canonical-json.ts'
import { countOdrl, unknownWords } from '../../core/publication/odrl.ts'
import { readPolicy } from '../../core/publication/policy.ts'
import { dataProblem } from '../../core/plain-data.ts'
import { buildManifest, parseManifest } from '../../core/result/manifest.ts'
import { collidingPath, pathProblem } from '../../core/result/paths.ts'
import { readRetryAfter } from '../../core/retry-after.ts'
import { clean, cleanLine } from '../../cli/format/clean.ts'
import { type FuzzTarget, jsonOr, must, unlessRefused } from './fuzz.ts'

const file = { path: 'a/b.txt', size: 3, sha256: '0123456789abcdef'.repeat(4), mediaType: 'text/csv' }

/** Parsers of what results, connectors and other parts of ours say. */
export const resultTargets: readonly FuzzTarget[] = [
  {
    parsers: ['core/result/paths.ts pathProblem', 'core/result/paths.ts collidingPath'],
    seeds: ['a/b/c.txt', '../x', 'A-b_c.d@e+f=g', 'x'.repeat(128), 'a/'.repeat(15) + 'b'],
    words: ['/', '..', '.', './', '\\', '%2f', 'a', 'A'],
    check(path) {
      const problem = pathProblem(path)
      if (problem !== undefined) return must(problem !== '', 'refused without a reason')
      must(resolve(join('/root', path)) === `/root/${path}`, 'it leads elsewhere in a file system')
      must(new URL(`http://host/root/${path}`).pathname === `/root/${path}`, 'it leads elsewhere in a URL')
      must(encodeURI(path) === path && !/[\r\n"\\]/.test(path), 'it would break a header')
      return must(collidingPath([path, path.toUpperCase()]) !== undefined, 'it collides with nothing')
    },
  },
  {
    parsers: ['core/result/manifest.ts parseManifest'],
    seeds: [
      JSON.stringify(buildManifest('job-1', 2, [file, { ...file, path: 'c' }])),
      JSON.stringify(buildManifest('j', 1, [])),
    ],
    words: [
      '"path":',
      '"size":',
      '"sha256":',
      '"mediaType":"a/b\\r\\nX: y"',
      '"totalBytes":0',
      '"files":[',
      '"../x"',
      '"version":1',
    ],
    check(text) {
      const manifest = parseManifest(text)
      if (typeof manifest === 'string') return must(manifest !== '', 'refused without a reason')
      must(
        manifest.files.every(
          ({ path, mediaType = '' }) => pathProblem(path) === undefined && !/[\r\n]/.test(mediaType),
        ),
        'a file that nobody could send',
      )
      return must(
        isDeepStrictEqual(parseManifest(JSON.stringify(manifest)), manifest),
        'written again it says something else',
      )
    },
  },
  {
    parsers: ['core/job/sidecar-task.ts parseSidecarReport'],
    seeds: [
      '{"cause":"input-failed","message":"The input a could not be fetched","final":true}',
      '{"cause":"upload-failed","message":""}',
    ],
    words: ['"cause":', '"message":', '"final":true', '"constructor"', '"__proto__"'],
    check(text) {
      const report = parseSidecarReport(text)
      if (report !== undefined)
        must(typeof report.message === 'string' && report.cause.length > 5, JSON.stringify(report))
    },
  },
  {
    parsers: [
      'core/publication/policy.ts readPolicy',
      'core/publication/odrl.ts countOdrl',
      'core/publication/odrl.ts unknownWords',
    ],
    seeds: [
      '{"@type":"Set","permission":[{"action":"use","constraint":[{"leftOperand":"x","operator":"eq","rightOperand":"1"}]}]}',
      '{"@id":"policy-1"}',
      '{"odrl:permission":{"@list":[{"http://www.w3.org/ns/odrl/2/action":"use"}]},"@context":{"x":"y"}}',
    ],
    words: [
      '"permission":',
      '"odrl:',
      '"@id":',
      '"@context":',
      '"rightOperand":1',
      '"constraint":[',
      '"and":{',
      '"constructor":1',
      '"__proto__":1',
    ],
    check(text) {
      const policy = jsonOr(text)
      if (typeof policy !== 'object' || policy === null || Array.isArray(policy) || dataProblem(policy) !== undefined)
        return
      const counted = countOdrl(policy)
      must(
        Object.values(counted).every((count) => Number.isInteger(count) && count > 0),
        JSON.stringify(counted),
      )
      must(
        unknownWords(policy).every(({ message }) => message !== ''),
        'a problem without words',
      )
      const given = unlessRefused(
        () => readPolicy(policy as Readonly<Record<string, unknown>>, 'accessPolicy'),
        ServiceError,
      )
      if (given?.kind === 'own') must(canonicalJson(jsonOr(given.text)) === given.text, 'its text is not canonical')
    },
  },
  {
    parsers: ['core/audit/chain.ts readExportedLine'],
    seeds: [`{"sequence":1,"at":1,"what":"x","hash":"${'0'.repeat(64)}"}`, '{"sequence":1}'],
    words: ['"hash":"', '"sequence":', ',', '}'],
    check(line) {
      const sealed = readExportedLine(line)
      if (sealed !== undefined)
        must(/^[0-9a-f]{64}$/.test(sealed.hash) && typeof sealed.entry.sequence === 'number', JSON.stringify(sealed))
    },
  },
  {
    parsers: ['core/retry-after.ts readRetryAfter'],
    seeds: ['5', '0', 'Sat, 21 Nov 2026 17:00:00 GMT', '999999999'],
    words: ['GMT', ' ', ':', ',', '-', '+00:00'],
    check(header) {
      const pause = readRetryAfter(header, 1_795_000_000_000)
      if (pause !== undefined) must(pause >= 0 && pause <= 300_000, `a pause of ${pause}`)
    },
  },
  {
    parsers: ['cli/format/clean.ts clean', 'cli/format/clean.ts cleanLine'],
    seeds: [
      'plain text\n',
      '\u001B[31mred\u001B[0m',
      '\u001B]8;;http://x\u0007link\u001B]8;;\u0007',
      '\u009B2J\u202Eabc',
      '\u001B\u001B[[31m',
    ],
    words: ['\u001B', '[', ']', '31m', '\u0007', '\u009B', '\u009C', '\u001BP', '\u001B\\', '\r', '\b'],
    check(text) {
      // oxlint-disable-next-line no-control-regex -- control characters are what this is about
      const obeyed = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/
      const cleaned = clean(text)
      must(!obeyed.test(cleaned) && !/[\n\t]/.test(cleanLine(text)), 'a terminal would obey it')
      must(clean(cleaned) === cleaned, 'it is not clean at once')
    },
  },
]
