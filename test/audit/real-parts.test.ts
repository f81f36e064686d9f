import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import { type RealParts, startRealParts } from '../e2e/real-parts.ts'
import { exitThree, oneFile } from '../e2e/scenario.ts'
import { eventually } from '../support/eventually.ts'
import { testOnTestbed } from '../support/testbed.ts'

const recordSchema = z.looseObject({
  kind: z.string(),
  assetId: z.string(),
  outcome: z.string().optional(),
  workerStartedAt: z.string().optional(),
  workerEndedAt: z.string().optional(),
  estimated: z.boolean().optional(),
  cpuSeconds: z.number(),
  memoryGibSeconds: z.number(),
  fetchedBytes: z.number(),
  storedBytes: z.number(),
  deliveredBytes: z.number(),
})
type Record = z.output<typeof recordSchema>

testOnTestbed(
  'jobs on a real cluster are counted from their workers’ own times, and the log of it all holds',
  async (t, testbed) => {
    const parts = await startRealParts(testbed)
    try {
      await Promise.all([oneFile(t, parts), exitThree(t, parts)])
      const records = await eventually('both attempts are counted', async () => {
        const found = await recordsOf(parts)
        return found.filter(({ kind }) => kind === 'attempt').length >= 2
          ? { done: found }
          : { pending: JSON.stringify(found) }
      })
      judge(t, parts, records)
      const report = await (await fetch(`${parts.entrypoint.adminUrl}/api/v1/audit/verification`)).json()
      t.like(report, { intact: true })
    } finally {
      await parts.close()
    }
  },
)

function judge(t: ExecutionContext, parts: RealParts, records: readonly Record[]): void {
  const attempts = records.filter(({ kind }) => kind === 'attempt')
  for (const one of attempts) {
    t.true(one.cpuSeconds > 0)
    t.is(one.estimated, undefined, 'its container’s end was seen')
    const seconds = (Date.parse(one.workerEndedAt ?? '') - Date.parse(one.workerStartedAt ?? '')) / 1_000
    t.true(seconds >= 0 && seconds < 120, `${seconds} s`)
    t.log(
      `${one.assetId} ${one.outcome}: ${seconds} s, ${one.cpuSeconds} cpu s, ${one.fetchedBytes} B in, ${one.storedBytes} B out`,
    )
  }
  const good = attempts.find(({ outcome, assetId }) => outcome === 'succeeded' && assetId === parts.idOf('word-count'))
  t.true((good?.fetchedBytes ?? 0) > 1_000, 'the text was fetched')
  t.true((good?.storedBytes ?? 0) > 0)
  t.truthy(attempts.find(({ outcome }) => outcome === 'failed'))
  const delivered = records.find(({ kind, assetId }) => kind === 'delivery' && assetId === parts.idOf('word-count'))
  t.true((delivered?.deliveredBytes ?? 0) >= (good?.storedBytes ?? Infinity), 'the consumer pulled it')
}

async function recordsOf({ entrypoint }: RealParts): Promise<readonly Record[]> {
  const text = await (await fetch(`${entrypoint.adminUrl}/api/v1/usage/records`)).text()
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => recordSchema.parse(JSON.parse(line)))
}
