/**
 * What goes wrong with one exchange: answered with a status before it was looked at; the connection cut before it was looked at, or after it
 * took effect; heard or answered late, by milliseconds.
 */
export type Fault =
  | { readonly status: number; readonly body?: string }
  | 'cut-before'
  | 'cut-after'
  | { readonly lateMs: number }

/** Decides about each exchange; `undefined` lets it through. */
export type Decide<Exchange> = (exchange: Exchange) => Fault | undefined

/** A fault for the first `times` exchanges that match, and none afterwards. */
export function firstTimes<Exchange>(
  times: number,
  fault: Fault,
  matches: (exchange: Exchange) => boolean = () => true,
): Decide<Exchange> {
  let left = times
  return (exchange) => {
    if (left === 0 || !matches(exchange)) return undefined
    left -= 1
    return fault
  }
}
