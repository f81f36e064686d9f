import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Benchmark, Context, Measured } from './benchmark.ts'
import { aimMet, type Figure, ratioOf } from './figure.ts'
import { load } from '../../test/support/machine.ts'
import type { ReportedFigure, Result } from './report.ts'
import type { Testbed } from './testbed.ts'

/** Why a benchmark is skipped that needs what is not there. */
const noTestbed = 'needs the testbed: npm run testbed:up, then take its environment over'

/** Runs one benchmark in a folder of its own. Never fails: a benchmark that throws is a result that says so. */
export async function runBenchmark(
  benchmark: Benchmark,
  testbed: Testbed | undefined,
  context: Omit<Context, 'folder'>,
): Promise<Result> {
  const date = new Date().toISOString()
  const before = load()
  const begun = performance.now()
  const outcome = await outcomeOf(benchmark, testbed, context)
  return {
    benchmark: benchmark.name,
    title: benchmark.title,
    date,
    outcome,
    seconds: Math.round((performance.now() - begun) / 100) / 10,
    load: { before, after: load() },
  }
}

async function outcomeOf(
  benchmark: Benchmark,
  testbed: Testbed | undefined,
  given: Omit<Context, 'folder'>,
): Promise<Result['outcome']> {
  if (benchmark.needs === 'testbed' && testbed === undefined) return { is: 'skipped', reason: noTestbed }
  const folder = await mkdtemp(join(tmpdir(), 'dsc-bench-'))
  const context: Context = { ...given, folder }
  try {
    const { figures, notes } = await measure(benchmark, testbed, context)
    return { is: 'measured', figures: figures.map(reported), notes: [...notes] }
  } catch (error) {
    return { is: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measure(benchmark: Benchmark, testbed: Testbed | undefined, context: Context): Promise<Measured> {
  if (benchmark.needs === 'nothing') return benchmark.run(context)
  if (testbed === undefined) throw new Error(noTestbed)
  return benchmark.run(context, testbed)
}

function reported(figure: Figure): ReportedFigure {
  const met = aimMet(figure)
  const ratio = ratioOf(figure)
  return { ...figure, ...(met === undefined ? {} : { met }), ...(ratio === undefined ? {} : { ratio }) }
}
