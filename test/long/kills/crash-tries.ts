import type { CrashPoint } from '../../../core/crash-point.ts'
import { rawRequest } from '../../support/raw-request.ts'
import type { Random } from './random.ts'
import type { TrialService } from './trial-service.ts'

/** How long it may take until a place is come to. Milliseconds. */
export const reachMs = 120_000

/** Each place so many times, in any order; of a small run, some of them. */
export function chosenTries(
  points: readonly CrashPoint[],
  { timesEach, fewest, size }: { readonly timesEach: number; readonly fewest: number; readonly size: number },
  random: Random,
): readonly CrashPoint[] {
  const all = Array.from({ length: timesEach }, () => points).flat()
  const shuffled = all.map((point) => ({ point, at: random.next() })).toSorted((a, b) => a.at - b.at)
  return shuffled.slice(0, Math.max(fewest, Math.round(all.length * size))).map(({ point }) => point)
}

/**
 * Starts the service so many times, each time to end itself at one of these places (as DSC_CRASH_AT has them), and at last for good.
 * @param come does what the place is come to by, for `reachMs` at most. @returns whether the service has ended itself
 * @returns the places that were not come to, in words
 */
export async function crashAtEach(
  service: TrialService,
  tries: readonly string[],
  come: () => Promise<boolean>,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const missed: string[] = []
  for (const [index, at] of tries.entries()) {
    service.spawn(at)
    if (!(await come())) {
      missed.push(`the place ${at} was not come to within ${reachMs} ms`)
      await service.kill()
    }
    if ((index + 1) % 5 === 0) say(`${index + 1} of ${tries.length} crashes`)
  }
  service.spawn()
  if (!(await service.ready())) throw new Error('the service ended by itself')
  return missed
}

/** What the service’s own check of everything finds, in words. */
export async function findingsOf({ adminUrl }: TrialService): Promise<readonly string[]> {
  const { status, body } = await rawRequest(adminUrl, '/api/v1/checks', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ digests: true, connectors: true }),
  })
  return status === 200 && body.includes('"ok":true') ? [] : [`the check found something: ${body.slice(0, 500)}`]
}
