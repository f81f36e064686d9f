import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { temporaryFolder } from '../test/support/temporary-folder.ts'
import { projectRoot } from './frame/project-root.ts'
import { reportSchema } from './frame/report.ts'

/** Runs the program, with nothing of the testbed in its environment. */
function bench(...parameters: readonly string[]) {
  const env = { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' }
  return promisify(execFile)(process.execPath, [join(projectRoot, 'bench/main.ts'), ...parameters], { env })
}

test('what needs nothing is measured, what needs the testbed is skipped with a notice; a table, and JSON beside it', async (t) => {
  const out = join(await temporaryFolder(t), 'report.json')
  const { stdout, stderr } = await bench('--quick', '--out', out, 'accepts', 'flows', 'local-job', 'scale', 'launch')
  const report = reportSchema.parse(JSON.parse(await readFile(out, 'utf8')))
  t.deepEqual(
    report.results.map(({ benchmark, outcome }) => [benchmark, outcome.is]),
    [
      ['accepts', 'measured'],
      ['flows', 'measured'],
      ['local-job', 'measured'],
      ['scale', 'measured'],
      ['launch', 'skipped'],
    ],
    stderr,
  )
  for (const { outcome } of report.results)
    if (outcome.is === 'measured') t.true(outcome.figures.every(({ value }) => value > 0))
  t.regex(stdout, /^accepts +durable accepts +[\d.]+\/s +≥ 200\/s +(yes|no) /m)
  t.regex(stdout, /these figures mean nothing/)
  t.regex(stderr, /launch: skipped: needs the testbed/)
  t.false(report.machine.processor === '' || JSON.stringify(report).includes(projectRoot), 'no paths of this machine')
})

test('help names every benchmark; a wrong name is told with those there are', async (t) => {
  t.regex((await bench('--help')).stdout, /--strict[^]*uploads/)
  const error = await t.throwsAsync<Error & { code: number }>(bench('no-such'))
  t.is(error?.code, 2)
  t.regex(error?.message ?? '', /there is no benchmark no-such; there are accepts, /)
  await t.throwsAsync(bench('--record', '--quick', 'accepts'), { message: /none to --record/ })
})
