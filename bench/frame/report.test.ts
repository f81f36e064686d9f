import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import type { Benchmark } from './benchmark.ts'
import { exitCode } from './exit-code.ts'
import { thisMachine } from '../../test/support/machine.ts'
import { markdownOf } from './markdown.ts'
import { projectRoot } from './project-root.ts'
import { mergeReport } from './merge-report.ts'
import { recordedPage } from './recorded-page.ts'
import { type Report, reportSchema } from './report.ts'
import { rowsOf } from './rows.ts'
import { runBenchmark } from './run-benchmark.ts'

const context = { quick: true, say: () => undefined }

function measuring(value: number): Benchmark {
  const beside = { what: 'the peer | its pipe', value: 100 }
  return {
    name: 'sample',
    title: 'a sample',
    needs: 'nothing',
    run: async () => ({
      figures: [
        { what: 'speed', value, unit: 'MiB/s', aim: { kind: 'ratio-at-least', value: 0.9 }, beside },
        { what: 'delay', value: 12.345, unit: 'ms', aim: { kind: 'at-most', value: 50 } },
      ],
      notes: ['taken twice'],
    }),
  }
}

async function reportOf(...all: readonly Benchmark[]): Promise<Report> {
  const results = await Promise.all(all.map((benchmark) => runBenchmark(benchmark, undefined, context)))
  return reportSchema.parse({ date: '2026-01-02T03:04:05.678Z', quick: true, machine: thisMachine(), results })
}

const broken: Benchmark = {
  name: 'broken',
  title: 'one that throws',
  needs: 'nothing',
  run: () => Promise.reject(new Error('the disk is full')),
}
const real: Benchmark = { name: 'real', title: 'one for the testbed', needs: 'testbed', run: () => Promise.reject() }

test('a report has a row per figure, with aim, peer and ratio', async (t) => {
  t.deepEqual(rowsOf(await reportOf(measuring(150))), [
    ['sample', 'speed', '150 MiB/s', 'ratio ≥ 0.9', 'yes', '100 MiB/s the peer | its pipe', '1.5'],
    ['sample', 'delay', '12.3 ms', '≤ 50 ms', 'yes', '', '0.247 of the aim'],
  ])
})

test('what fails or lacks the testbed is a row that says so, and the others are measured all the same', async (t) => {
  const report = await reportOf(broken, real, measuring(50))
  t.deepEqual(
    report.results.map(({ outcome }) => outcome.is),
    ['failed', 'skipped', 'measured'],
  )
  t.deepEqual(rowsOf(report)[0], ['broken', 'failed', '', '', '', '', ''])
  t.regex(markdownOf(report), /\*\*broken\*\*.*\n {2}- Error: the disk is full\n/)
  t.regex(markdownOf(report), /needs the testbed/)
})

test('a missed aim fails a strict run only, a broken benchmark fails every run', async (t) => {
  t.is(exitCode(await reportOf(measuring(150)), true), 0)
  t.is(exitCode(await reportOf(measuring(50)), false), 0)
  t.is(exitCode(await reportOf(measuring(50)), true), 1)
  t.is(exitCode(await reportOf(broken), false), 1)
  t.is(exitCode(await reportOf(real), true), 0)
})

test('a page takes a report in the place of the one before', async (t) => {
  const report = await reportOf(measuring(150))
  const page = 'before\n<!-- measured:report -->\nold\n<!-- /measured -->\nafter\n'
  const once = recordedPage(page, report)
  t.is(recordedPage(once, report), once)
  t.true(
    once.startsWith('before\n<!-- measured:report -->\n2026-01-02, on ') &&
      once.endsWith('<!-- /measured -->\nafter\n'),
  )
  t.true(once.includes('the peer \\| its pipe') && !once.includes('old'))
  t.throws(() => recordedPage('no place', report))
})

test('a benchmark that is measured again takes the place of what it came to before', async (t) => {
  const kept = await reportOf(measuring(150), broken)
  const fresh = { ...(await reportOf(measuring(50))), date: '2026-02-03T04:05:06.789Z' }
  const merged = mergeReport(kept, fresh)
  t.is(merged.date, fresh.date)
  t.deepEqual(merged.results, [fresh.results[0], kept.results[1]])
  t.is(mergeReport(undefined, fresh), fresh)
  t.throws(() => mergeReport({ ...kept, machine: { ...kept.machine, cores: 1000 } }, fresh), {
    message: /of another machine/,
  })
})

test('the page of the documentation shows the report that is kept', async (t) => {
  const page = await readFile(join(projectRoot, 'docs/benchmarks.md'), 'utf8')
  const kept = await readFile(join(projectRoot, 'bench/last-report.json'), 'utf8').catch(() => undefined)
  if (kept === undefined) t.regex(page, /No report is kept yet/)
  else t.is(recordedPage(page, reportSchema.parse(JSON.parse(kept))), page)
})
