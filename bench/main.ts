import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeStyle } from '../cli/format/style.ts'
import { table } from '../cli/format/table.ts'
import { benchmarks } from './benchmarks.ts'
import { runChild } from './frame/child.ts'
import { exitCode } from './frame/exit-code.ts'
import { load, thisMachine } from '../test/support/machine.ts'
import { projectRoot } from './frame/project-root.ts'
import { mergeReport } from './frame/merge-report.ts'
import { recordedPage } from './frame/recorded-page.ts'
import { type Report, reportSchema, type Result } from './frame/report.ts'
import { heads, rowsOf } from './frame/rows.ts'
import { runBenchmark } from './frame/run-benchmark.ts'
import { readTestbed } from './frame/testbed.ts'
import { type Options, readOptions, UsageError, usage } from './options.ts'

const page = join(projectRoot, 'docs/benchmarks.md')
const lastReport = join(projectRoot, 'bench/last-report.json')

async function main(): Promise<void> {
  const names = benchmarks.map(({ name }) => name)
  const options = readOptions(process.argv.slice(2), names)
  if (options === undefined) {
    process.stdout.write(usage + benchmarks.map(({ name, title }) => `  ${name.padEnd(11)} ${title}\n`).join(''))
    return
  }
  const report = await measureAll(options)
  process.stdout.write(`\n${shown(report)}`)
  const file = options.out ?? join(projectRoot, 'dist/bench-results', `${report.date.replaceAll(':', '-')}.json`)
  await save(file, report)
  process.stdout.write(`\nJSON: ${file}\n`)
  if (options.record) await record(report)
  process.exitCode = exitCode(report, options.strict)
}

async function measureAll(options: Options): Promise<Report> {
  const wanted = benchmarks.filter(({ name }) => options.names.length === 0 || options.names.includes(name))
  const testbed = readTestbed(process.env)
  const date = new Date().toISOString()
  const results: Result[] = []
  for (const benchmark of wanted) {
    const say = (line: string) => process.stderr.write(`${benchmark.name}: ${line}\n`)
    say(`${benchmark.title} (load average ${load()})`)
    const result = await runBenchmark(benchmark, testbed, { quick: options.quick, say })
    if (result.outcome.is !== 'measured') say(`${result.outcome.is}: ${result.outcome.reason}`)
    results.push(result)
  }
  return { date, quick: options.quick, machine: thisMachine(), results }
}

function shown(report: Report): string {
  const style = makeStyle(process.stdout.isTTY && process.env['NO_COLOR'] === undefined)
  const columns = heads.map((head) => ({ head }))
  const notes = report.results.flatMap(({ benchmark, outcome, load: { before, after } }) => [
    `${benchmark}: load average ${before} before, ${after} after`,
    ...(outcome.is === 'measured' ? outcome.notes.map((note) => `${benchmark}: ${note}`) : []),
  ])
  const warning = report.quick ? '\n--quick: these figures mean nothing.\n' : ''
  return `${table(columns, rowsOf(report), { width: undefined, style })}\n${notes.join('\n')}\n${warning}`
}

async function save(file: string, report: Report): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`)
}

/** Keeps a report where the repository has it: as JSON, and as the table of the documentation. */
async function record(fresh: Report): Promise<void> {
  const kept = await readFile(lastReport, 'utf8').catch(() => undefined)
  const report = mergeReport(kept === undefined ? undefined : reportSchema.parse(JSON.parse(kept)), fresh)
  await save(lastReport, report)
  await runChild(join(projectRoot, 'node_modules/.bin/biome'), ['format', '--write', lastReport])
  await writeFile(page, recordedPage(await readFile(page, 'utf8'), report))
}

main().catch((error: unknown) => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(error instanceof UsageError ? `${error.message}\n` : `${text}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
})
