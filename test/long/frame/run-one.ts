import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load, thisMachine } from '../../support/machine.ts'
import type { Testbed } from '../../support/testbed.ts'
import type { LongContext, LongOutcome, LongRun } from './long-run.ts'
import { NotHere } from './not-here.ts'
import { isWell, type Result } from './report.ts'

/** Why a run is skipped that needs what is not there. */
const noTestbed = 'needs the testbed: npm run testbed:up, then take its environment over'

/**
 * Carries out one run in a folder of its own. Never fails: a run that throws is a result that says so. The folder stays where
 * something is wrong, and is told.
 */
export async function runOne(
  run: LongRun,
  testbed: Testbed | undefined,
  given: Omit<LongContext, 'folder'>,
): Promise<Result> {
  const date = new Date().toISOString()
  const before = load()
  const begun = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'dsc-long-'))
  const outcome = await outcomeOf(run, testbed, { ...given, folder })
  const result: Result = {
    run: run.name,
    title: run.title,
    date,
    machine: thisMachine(),
    seed: given.seed,
    size: given.size,
    seconds: Math.round((performance.now() - begun) / 100) / 10,
    load: { before, after: load() },
    outcome,
  }
  if (isWell(result)) await rm(folder, { recursive: true, force: true })
  else given.say(`what it left is in ${folder}`)
  return result
}

async function outcomeOf(run: LongRun, testbed: Testbed | undefined, context: LongContext): Promise<Result['outcome']> {
  if (run.needs === 'testbed' && testbed === undefined) return { is: 'skipped', reason: noTestbed }
  try {
    const { figures, violations } = await carryOut(run, testbed, context)
    return { is: 'done', figures: { ...figures }, violations: [...violations] }
  } catch (error) {
    if (error instanceof NotHere) return { is: 'skipped', reason: error.message }
    return { is: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

async function carryOut(run: LongRun, testbed: Testbed | undefined, context: LongContext): Promise<LongOutcome> {
  if (run.needs === 'nothing') return run.run(context)
  if (testbed === undefined) throw new Error(noTestbed)
  return run.run(context, testbed)
}
