/**
 * How long what is under way to a store has to arrive after it is not wanted any more. Cut off, it may have its effect all the same: an
 * upload is begun that nobody can abort, a part is kept after its upload was aborted (versitygw). Milliseconds.
 */
const arriveMs = 5_000

/** A signal that comes later than another one. */
export interface LateSignal {
  readonly signal: AbortSignal
  /** Nothing is under way any more. */
  end(): void
}

/** Lets what is under way arrive, and cuts it off only when that takes too long after `unwanted`. */
export function letArrive(unwanted: AbortSignal): LateSignal {
  const cut = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const wait = (): void => {
    timer = setTimeout(() => cut.abort(unwanted.reason), arriveMs)
  }
  if (unwanted.aborted) wait()
  else unwanted.addEventListener('abort', wait, { once: true })
  return {
    signal: cut.signal,
    end() {
      unwanted.removeEventListener('abort', wait)
      clearTimeout(timer)
    },
  }
}
