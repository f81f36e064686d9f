import test from 'ava'
import { fuzz, type FuzzTarget, nameOf } from './fuzz.ts'

/** Inputs of each parser that every change is tested with; slow ones get fewer, and the rest in the long run. */
const inputs = 10_000
const slowInputs = 1_000

/** Another seed, and other inputs, each day; FUZZ_SEED shows those of another day again. */
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Date.now() / 86_400_000))

/** One test per parser. */
export function fuzzTests(targets: readonly FuzzTarget[]): void {
  for (const target of targets) {
    const runs = target.slow === true ? slowInputs : inputs
    test.serial(`${nameOf(target)} keeps its promises for ${runs} inputs`, async (t) => {
      const finding = await fuzz(target, seed, runs)
      if (finding !== undefined)
        t.fail(`FUZZ_SEED=${seed}, input ${finding.index}: ${JSON.stringify(finding.input)}\n${finding.reason}`)
      else t.pass()
    })
  }
}
