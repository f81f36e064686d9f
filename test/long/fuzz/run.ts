import { fuzzTargets } from '../../fuzz/all-targets.ts'
import { fuzz, nameOf } from '../../fuzz/fuzz.ts'
import type { LongRun } from '../frame/long-run.ts'

/** Inputs of each parser at full size; of slow ones a tenth. */
const inputs = 1_000_000

/** Every parser with inputs by the million. */
export const fuzzRun: LongRun = {
  name: 'fuzz',
  title: 'Every parser, fed with inputs made from sound ones',
  needs: 'nothing',
  async run({ seed, size, say }) {
    const violations: string[] = []
    let total = 0
    for (const target of fuzzTargets) {
      const runs = Math.max(1, Math.round((target.slow === true ? inputs / 10 : inputs) * size))
      const startedAt = performance.now()
      const finding = await fuzz(target, seed, runs)
      total += finding === undefined ? runs : finding.index + 1
      if (finding !== undefined)
        violations.push(
          `${finding.target}: seed ${seed}, input ${finding.index} (${JSON.stringify(finding.input)}): ${finding.reason}`,
        )
      say(`${nameOf(target)}: ${runs} inputs in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
    }
    return { figures: { parsers: fuzzTargets.length, inputs: total, findings: violations.length }, violations }
  },
}
