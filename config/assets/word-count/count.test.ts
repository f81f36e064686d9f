import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { parse } from 'dotenv'
import { parse as parseYaml } from 'yaml'
import { readAsset } from '../../../core/asset/read.ts'

const here = import.meta.dirname
const defaults = parse(await readFile(join(here, 'word-count.env')))

/** Runs the worker as the backends do: nothing in its environment but what it is given. */
async function run(t: ExecutionContext, env: Record<string, string>, { text }: { text?: string | Uint8Array } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'word-count-'))
  t.teardown(() => rm(directory, { recursive: true }))
  if (text !== undefined) await writeFile(join(directory, 'text.txt'), text)
  const inputDirectory = text === undefined ? here : directory
  const outputDirectory = join(directory, 'out')
  return await new Promise<{ code: unknown; stdout: string; stderr: string; output: string }>((resolve) => {
    const full = { INPUT_DIR: inputDirectory, OUTPUT_DIR: outputDirectory, ...env }
    execFile(process.execPath, [join(here, 'count.mjs')], { env: full }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr, output: join(outputDirectory, 'counts.json') })
    })
  })
}

async function counts(t: ExecutionContext, env: Record<string, string>, text: string): Promise<unknown> {
  const { code, stderr, output } = await run(t, { ...defaults, MINIMUM_LENGTH: '1', ...env }, { text })
  t.is(code, 0, stderr)
  return JSON.parse(await readFile(output, 'utf8'))
}

test('asset.yaml and the dotenv file can be registered, and every parameter has a default', async (t) => {
  const document: unknown = parseYaml(await readFile(join(here, 'asset.yaml'), 'utf8'))
  const dotenv = await readFile(join(here, 'word-count.env'), 'utf8')
  const read = readAsset(document, dotenv, { allowTags: true })
  t.deepEqual(
    read.parameters.names.filter((name) => !(name in read.dotenv)),
    [],
  )
})

test('the bundled text with the defaults of the dotenv file', async (t) => {
  const { code, stdout, stderr, output } = await run(t, defaults)
  t.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  t.is(stdout, '1076 words, 401 different; 20 listed in counts.json\n')
  const result = JSON.parse(await readFile(output, 'utf8'))
  t.is(result.counts.length, 20)
  t.deepEqual(result.counts.slice(0, 3), [
    { word: 'contract', count: 11 },
    { word: 'answer', count: 6 },
    { word: 'result', count: 6 },
  ])
})

test('two runs write the same bytes', async (t) => {
  const [first, second] = await Promise.all([run(t, defaults), run(t, defaults)])
  t.deepEqual(await readFile(first.output), await readFile(second.output))
})

test('TOP and MINIMUM_LENGTH decide what is listed, not what is counted', async (t) => {
  t.deepEqual(await counts(t, { TOP: '2', MINIMUM_LENGTH: '2' }, 'a b a bb cc bb dd cc bb\n'), {
    language: 'en',
    minimumLength: 2,
    words: 9,
    distinctWords: 5,
    counts: [
      { word: 'bb', count: 3 },
      { word: 'cc', count: 2 },
    ],
  })
})

test('words are found in any script; case, accents and apostrophes in any form make no difference', async (t) => {
  const text = "It’s Cafe\u0301, café; IT'S 3.5 – Привет, привет! 東京"
  t.like(await counts(t, {}, text), {
    counts: [
      { word: 'café', count: 2 },
      { word: "it's", count: 2 },
      { word: 'привет', count: 2 },
      { word: '3.5', count: 1 },
      { word: '東京', count: 1 },
    ],
  })
})

test('TEXT_LANGUAGE decides the lower case', async (t) => {
  t.like(await counts(t, { TEXT_LANGUAGE: 'tr' }, 'IRMAK'), { counts: [{ word: 'ırmak', count: 1 }] })
})

test('a text without words is a result, too', async (t) => {
  t.like(await counts(t, {}, ''), { words: 0, distinctWords: 0, counts: [] })
})

test('every wrong setting is named, and the exit code is 2', async (t) => {
  const { code, stderr } = await run(t, { OUTPUT_DIR: '', TOP: '1001', MINIMUM_LENGTH: '2.5', TEXT_LANGUAGE: 'e_n' })
  t.is(code, 2)
  t.deepEqual(stderr.trimEnd().split('\n'), [
    'word-count: OUTPUT_DIR is not set',
    'word-count: TOP must be a whole number from 1 to 1000, not "1001"',
    'word-count: MINIMUM_LENGTH must be a whole number from 1 to 100, not "2.5"',
    'word-count: TEXT_LANGUAGE must be a language tag known to Node, such as "en" or "pt-BR", not "e_n"',
  ])
})

test('a language that Node does not know is refused: it would become the language of the machine', async (t) => {
  const { code, stderr } = await run(t, { ...defaults, TEXT_LANGUAGE: 'xx' })
  t.is(code, 2)
  t.regex(stderr, /TEXT_LANGUAGE .* not "xx"/)
})

test('a text that cannot be read ends with 1', async (t) => {
  const absent = await run(t, { ...defaults, INPUT_DIR: join(here, 'absent') })
  t.is(absent.code, 1)
  t.regex(absent.stderr, /^word-count: cannot read .*text\.txt: ENOENT/)

  const broken = await run(t, defaults, { text: Uint8Array.of(0x61, 0xff) })
  t.is(broken.code, 1)
  t.regex(broken.stderr, /text\.txt: it is not valid UTF-8\n$/)
})
