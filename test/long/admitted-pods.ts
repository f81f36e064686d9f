import { generatedAssets, makeAdmission } from '../kubernetes/admission.ts'
import type { LongRun } from './frame/long-run.ts'

/** How many assets the full size has. */
const fullAssets = 10_000
/** Assets that are generated at a time. */
const portion = 500

/** Whatever asset registration takes, and however the service is set up: a namespace under `restricted` admits its pod. */
export const admittedPods: LongRun = {
  name: 'admitted-pods',
  title: 'pods of generated assets are admitted under the restricted standard',
  needs: 'testbed',
  async run({ seed, size, say }, testbed) {
    const admission = await makeAdmission(testbed)
    const wanted = Math.max(1, Math.round(fullAssets * size))
    const violations: string[] = []
    try {
      for (let done = 0; done < wanted; done += portion) {
        const count = Math.min(portion, wanted - done)
        const found = await generatedAssets(admission, { seed: seed + done, count })
        for (const { index, problems } of found.slice(0, 5))
          violations.push(`asset ${index} of seed ${seed + done}: ${problems.slice(0, 3).join('; ')}`)
        say(`${done + count} of ${wanted} assets`)
      }
    } finally {
      await admission.close()
    }
    return { figures: { assets: wanted, requests: wanted * 4 }, violations }
  },
}
