/**
 * How long to wait after a failure: doubled each time from 250 ms up to a minute, of which a random part between half and all
 * ("equal jitter"), so that many failures of one moment do not come back in one moment.
 * @param failures how often it failed in a row, from 1
 * @param random a number from 0 up to 1
 * @returns milliseconds
 */
export function backoff(failures: number, random: number): number {
  const full = Math.min(60_000, 250 * 2 ** Math.min(failures - 1, 20))
  return Math.round(full / 2 + (full / 2) * random)
}
