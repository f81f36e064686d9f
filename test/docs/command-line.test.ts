import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { projectRoot } from '../support/entrypoint.ts'
import { fencedBlocks } from './fenced-blocks.ts'
import { marksOf } from './marks.ts'
import { isCommands, type Surroundings } from './run-page.ts'
import { copyExample, service } from './surroundings.ts'

// docs/cli.md: every example is run, each by itself, and ends with the exit code that belongs to it here.

const noCatalogue = 'the simulated connector has no catalogue; test/e2e/publication.test.ts publishes on a real one'

/** Examples that do not end with 0 here, by how they begin: the exit code, and why. */
const otherwise: readonly (readonly [string, number, string])[] = [
  ['dsc asset publish mean-temperature', 1, noCatalogue],
  ['dsc asset init .', 4, 'it would write into a folder with files'],
  ['dsc asset validate word-count/asset.yaml --production', 4, 'the example names its image by a tag'],
  ['dsc asset remove word-count --yes', 0, ''],
  ['dsc asset remove word-count', 2, 'there is nobody to ask'],
  ['dsc asset publish', 3, `the asset was removed; ${noCatalogue}`],
  ['dsc asset unpublish', 1, noCatalogue],
  ['dsc asset diff', 3, `the asset was removed; ${noCatalogue}`],
  ['dsc job retry 00da1c4b-db63-4498-8365-34c7c3429c3c --newest', 4, 'the example before repeated it'],
  ['dsc job remove-result', 3, 'the failed job has no result'],
  ['dsc audit verify --file', 3, 'nothing was exported yet'],
  ['dsc key revoke', 3, 'there is no such key'],
  ['dsc reception show', 3, 'nothing was received here'],
  ['dsc reception save', 3, 'likewise'],
  ['dsc reception fetch', 3, 'likewise'],
  ['dsc reception remove', 3, 'likewise'],
  ['dsc backup', 1, 'there is no database here; test/backup/sqlite.test.ts makes one'],
  ['dsc restore', 1, 'likewise'],
  ['dsc serve', 124, 'it serves until it is stopped'],
  ['DSC_DEVELOPMENT=true DSC_BACKEND=local', 124, 'it serves until it is stopped'],
]

test.serial('every example of docs/cli.md runs', async (t) => {
  t.timeout(300_000)
  const surroundings = await service(t)
  await prepare(surroundings)
  const page = readFileSync(join(projectRoot, 'docs/cli.md'), 'utf8')
  const examples = fencedBlocks(page)
    .filter((block) => isCommands(block) && marksOf(block).notRun === undefined)
    .flatMap(({ text }) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#')))
  t.true(examples.length > 40)
  for (const example of examples) {
    const [, expected = 0] = otherwise.find(([beginning]) => example.startsWith(beginning)) ?? []
    const { code, output } = await run(example, surroundings)
    t.is(code, expected, `${example}\n${output}`)
  }
})

/** What the examples name: folders, files and jobs. */
async function prepare({ root, environment }: Surroundings): Promise<void> {
  await copyExample(root, 'word-count')
  const settings = ['DEVELOPMENT=true', 'BACKEND=local', 'OBJECT_STORE=directory', 'PUBLIC_PORT=0', 'ADMIN_PORT=0']
  for (const file of ['.env', 'environment'])
    await writeFile(join(root, file), settings.map((setting) => `DSC_${setting}\n`).join(''))
  await mkdir(join(environment['HOME'] ?? '', '.config/fish/completions'), { recursive: true })
  await writeFile(join(root, 'members.json'), JSON.stringify({ '@type': 'Set', permission: [] }))
}

/** The job of the surroundings that an example is about; the failed one, where it says nothing here. */
const jobs: readonly (readonly [string, string])[] = [
  ['dsc job cancel', 'JOB'],
  ['dsc job result', 'SUCCEEDED'],
]

const serves = (example: string): boolean => example.endsWith('dsc serve')

/** One line in a bash of its own. */
async function run(
  example: string,
  { root, environment, prelude = '', replacements }: Surroundings,
): Promise<{ code: number; output: string }> {
  const [, job = 'FAILED'] = jobs.find(([beginning]) => example.startsWith(beginning)) ?? []
  const line = [
    ...replacements,
    ['/etc/dataspace-compute/', `${root}/`] as const,
    ['"${fpath[1]}/_dsc"', '_dsc'] as const,
  ]
    .reduce((text, [from, to]) => text.replaceAll(from, to), example)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, environment[job] ?? '')
  const script = `set -o pipefail\nshopt -s expand_aliases\n${prelude}\n${line}\n`
  const child = spawn('timeout', ['--signal=TERM', serves(example) ? '3' : '60', 'bash', '-c', script], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? -1, output }))
  })
}
