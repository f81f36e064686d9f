import { armCrashPoints } from '../core/crash-point.ts'

/**
 * Has the process end itself by SIGKILL at a place in its code.
 * @param at the value of DSC_CRASH_AT: the place, or `<place>:<n>` for the nth time that it is come to
 */
export function crashAt(at: string): void {
  const [place, times = '1'] = at.split(':')
  let left = Number(times)
  armCrashPoints((point) => {
    if (point !== place) return
    left -= 1
    if (left === 0) process.kill(process.pid, 'SIGKILL')
  })
}
