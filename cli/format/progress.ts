import { formatBytes, formatSpan } from './amount.ts'

/**
 * One line that says how far an upload is.
 * @param sent bytes so far
 * @param total bytes altogether
 * @param elapsed milliseconds since the beginning
 */
export function formatProgress(what: string, sent: number, total: number, elapsed: number): string {
  const done = Math.min(sent, total)
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100)
  const speed = elapsed > 0 ? (done / elapsed) * 1000 : 0
  const left = speed > 0 && done < total ? `, ${formatSpan(((total - done) / speed) * 1000)} left` : ''
  return `${what}: ${formatBytes(done)} of ${formatBytes(total)} (${percent} %), ${formatBytes(speed)}/s${left}`
}
