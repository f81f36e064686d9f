import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { makeStyle } from '../../cli/format/style.ts'
import { table } from '../../cli/format/table.ts'
import { projectRoot } from '../support/entrypoint.ts'
import { load } from '../support/machine.ts'
import { withMeasured } from '../support/recorded-page.ts'
import { readTestbed } from '../support/read-testbed.ts'
import { isWell, mergeReport, type Report, reportSchema, type Result } from './frame/report.ts'
import { runOne } from './frame/run-one.ts'
import { heads, markdownOf, rowsOf } from './frame/shown.ts'
import { type Options, readOptions, UsageError, usage } from './options.ts'
import { longRuns } from './runs.ts'

const page = join(projectRoot, 'docs/long-runs.md')
const lastReport = join(projectRoot, 'test/long/last-report.json')

async function main(): Promise<void> {
  const names = longRuns.map(({ name }) => name)
  const options = readOptions(process.argv.slice(2), names)
  if (options === undefined) {
    process.stdout.write(usage + longRuns.map(({ name, title }) => `  ${name.padEnd(14)} ${title}\n`).join(''))
    return
  }
  const report = await runAll(options)
  process.stdout.write(`\n${shown(report)}`)
  const date = new Date().toISOString().replaceAll(':', '-')
  const file = options.out ?? join(projectRoot, 'dist/long-results', `${date}.json`)
  await save(file, report)
  process.stdout.write(`\nJSON: ${file}\n`)
  if (options.record) await record(report)
  process.exitCode = report.results.every(isWell) ? 0 : 1
}

async function runAll({ names, seed, size, record: keep }: Options): Promise<Report> {
  const wanted = longRuns.filter(({ name }) => names.length === 0 || names.includes(name))
  const testbed = readTestbed(process.env)
  const results: Result[] = []
  for (const run of wanted) {
    const say = (line: string): void => void process.stderr.write(`${run.name}: ${line}\n`)
    say(`${run.title} (seed ${seed}, size ${size}, load average ${load()})`)
    const result = await runOne(run, testbed, { seed, size, say })
    const { outcome } = result
    if (outcome.is !== 'done') say(`${outcome.is}: ${outcome.reason}`)
    else for (const violation of outcome.violations) say(`violation: ${violation}`)
    results.push(result)
    if (keep) await record({ results }) // what is done is kept, whatever becomes of the rest
  }
  return { results }
}

function shown(report: Report): string {
  const style = makeStyle(process.stdout.isTTY && process.env['NO_COLOR'] === undefined)
  const columns = heads.map((head) => ({ head }))
  const broken = report.results.filter((result) => !isWell(result)).length
  const end = broken === 0 ? 'no promise was broken' : `${broken} runs broke a promise or failed`
  return `${table(columns, rowsOf(report), { width: undefined, style })}\n${end}\n`
}

async function save(file: string, report: Report): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`)
}

/** Keeps results where the repository has them: as JSON, and as the table of the documentation. */
async function record(fresh: Report): Promise<void> {
  const kept = await readFile(lastReport, 'utf8').catch(() => undefined)
  const report = mergeReport(kept === undefined ? undefined : reportSchema.parse(JSON.parse(kept)), fresh)
  const order = longRuns.map(({ name }) => name)
  report.results.sort((one, other) => order.indexOf(one.run) - order.indexOf(other.run))
  await save(lastReport, report)
  await promisify(execFile)(join(projectRoot, 'node_modules/.bin/biome'), ['format', '--write', lastReport])
  await writeFile(page, withMeasured(await readFile(page, 'utf8'), markdownOf(report)))
}

main().catch((error: unknown) => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(error instanceof UsageError ? `${error.message}\n` : `${text}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
})
