import test from 'ava'
import { fuzz, type FuzzTarget, nameOf } from './fuzz.ts'

/**
 * Inputs of each parser that every change is tested with. Slow ones get as many as fit into two seconds: 10,000
 * of parseAssetDocument alone take most of a minute. The long run has no such limit.
 */
const runs = 10_000
const slowMs = 2_000

/** Another seed, and other inputs, each day; FUZZ_SEED shows those of another day again. */
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Date.now() / 86_400_000))

/** One test per parser. */
export function fuzzTests(targets: readonly FuzzTarget[]): void {
  for (const target of targets) {
    test.serial(
      `${nameOf(target)} keeps its promises for ${target.slow === true ? 'up to ' : ''}${runs} inputs`,
      async (t) => {
        const finding = await fuzz(target, seed, runs, target.slow === true ? slowMs : Infinity)
        if (finding !== undefined)
          t.fail(`FUZZ_SEED=${seed}, input ${finding.index}: ${JSON.stringify(finding.input)}\n${finding.reason}`)
        else t.pass()
      },
    )
  }
}
