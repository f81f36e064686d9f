import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { projectRoot } from '../support/entrypoint.ts'
import { withMeasured } from '../support/recorded-page.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import type { LongRun } from './frame/long-run.ts'
import { NotHere } from './frame/not-here.ts'
import { isWell, mergeReport, type Report, reportSchema } from './frame/report.ts'
import { runOne } from './frame/run-one.ts'
import { markdownOf } from './frame/shown.ts'
import { readOptions } from './options.ts'

/** Runs the program, with nothing of the testbed in its environment. */
function longRuns(...parameters: readonly string[]) {
  const env = { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' }
  return promisify(execFile)(process.execPath, [join(projectRoot, 'test/long/main.ts'), ...parameters], { env })
}

const context = { seed: 7, size: 0.5, say: () => undefined }

function finding(...violations: readonly string[]): LongRun {
  const run = () => Promise.resolve({ figures: { rounds: 3, slowest: '4 | 5 s' }, violations })
  return { name: 'sample', title: 'a sample', needs: 'nothing', run }
}

async function reportOf(...runs: readonly LongRun[]): Promise<Report> {
  const results = await Promise.all(runs.map((run) => runOne(run, undefined, context)))
  return reportSchema.parse({ results })
}

test('what needs the testbed is skipped with a notice, and that is no failure; the report is JSON', async (t) => {
  const out = join(await temporaryFolder(t), 'report.json')
  const { stdout, stderr } = await longRuns('--size', '0.01', '--seed', '3', '--out', out, 'kills')
  const report = reportSchema.parse(JSON.parse(await readFile(out, 'utf8')))
  t.like(report.results[0], { run: 'kills', seed: 3, size: 0.01, outcome: { is: 'skipped' } })
  t.regex(stdout, /no promise was broken/)
  t.regex(stderr, /needs the testbed/)
})

test('help names every run; what makes no sense is told', async (t) => {
  t.regex((await longRuns('--help')).stdout, /--seed[^]*crash-points[^]*kills/)
  const error = await t.throwsAsync<Error & { code: number }>(longRuns('no-such'))
  t.is(error?.code, 2)
  t.regex(error?.message ?? '', /there is no run no-such; there are crash-points, /)
  for (const wrong of ['0', '1.5', 'x']) t.throws(() => readOptions(['--size', wrong], []), { message: /share/ })
  t.throws(() => readOptions(['--seed=-1'], []), { message: /whole number/ })
  t.like(readOptions(['--size', '0.1'], []), { size: 0.1, record: false })
})

test('a violation and a failure are no success, and say so in the table', async (t) => {
  const report = await reportOf(finding(), finding('a job is lost (seed 7)'))
  t.deepEqual(report.results.map(isWell), [true, false])
  const thrown: LongRun = {
    name: 'thrown',
    title: 'fails',
    needs: 'nothing',
    run: () => Promise.reject(new Error('no port')),
  }
  const [failed] = (await reportOf(thrown)).results
  t.like(failed, { outcome: { is: 'failed' } })
  t.false(failed !== undefined && isWell(failed))
  const page = markdownOf({ results: [...report.results, ...(failed === undefined ? [] : [failed])] })
  t.regex(page, /^\| sample \| rounds: 3; slowest: 4 \\\| 5 s \| 0 \| 0\.5 \| 7 \|/m)
  t.regex(page, /^- \*\*sample\*\*: a job is lost \(seed 7\)$/m)
  t.regex(page, /^\| thrown \| failed: Error: no port \|/m)
})

test('what the machine lacks is a reason to skip a run', async (t) => {
  const lacking: LongRun = {
    name: 'lacking',
    title: 'lacks a library',
    needs: 'nothing',
    run: () => Promise.reject(new NotHere('needs a library')),
  }
  const [skipped] = (await reportOf(lacking)).results
  t.deepEqual(skipped?.outcome, { is: 'skipped', reason: 'needs a library' })
})

test('a new result takes the place of the older one of its run; a skipped one takes none', async (t) => {
  const kept = await reportOf(finding('old'), { ...finding(), name: 'other' })
  const [fresh] = (await reportOf(finding())).results
  t.truthy(fresh)
  if (fresh === undefined) return
  const merged = mergeReport(kept, { results: [fresh] })
  t.deepEqual(
    merged.results.map(({ run }) => run),
    ['sample', 'other'],
  )
  t.true(merged.results.every(isWell))
  const skipped = { ...fresh, outcome: { is: 'skipped' as const, reason: 'no testbed' } }
  t.deepEqual(mergeReport(merged, { results: [skipped] }), merged)
})

test('the page tells of every run', async (t) => {
  const page = await readFile(join(projectRoot, 'docs/long-runs.md'), 'utf8')
  const { stdout } = await longRuns('--help')
  const names = [...stdout.slice(stdout.indexOf('Runs:')).matchAll(/^ {2}(\S+)/gm)].map(([, name]) => name)
  t.true(names.length >= 3)
  for (const name of names) t.true(page.includes(`\n| \`${name}\` |`), name)
})

test('the page shows the report that is kept', async (t) => {
  const page = await readFile(join(projectRoot, 'docs/long-runs.md'), 'utf8')
  const kept = await readFile(join(projectRoot, 'test/long/last-report.json'), 'utf8').catch(() => undefined)
  const report = kept === undefined ? undefined : reportSchema.parse(JSON.parse(kept))
  t.is(report === undefined ? page : withMeasured(page, markdownOf(report)), page)
})
