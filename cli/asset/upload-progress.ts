import type { Context } from '../context.ts'
import { formatProgress } from '../format/progress.ts'

/** Between two lines, in milliseconds: on a terminal one line is written over, elsewhere each is another line in some log. */
const pauseMs = { terminal: 100, elsewhere: 10_000 }
/** Uploads that are over by then show nothing. */
const quietMs = 500

/** Shows how far an upload is, for people who wait. */
export interface UploadProgress {
  /** Bytes so far, of so many. */
  sent(bytes: number, total: number): void
  /** Ends the line. */
  end(): void
}

/** Progress on the standard error output. */
export function uploadProgress({ err, now }: Context, what: string): UploadProgress {
  const terminal = err.width !== undefined
  const began = now()
  let last = terminal ? began + quietMs - pauseMs.terminal : began
  let open = false
  return {
    sent(bytes, total) {
      const at = now()
      if (at - last < (terminal ? pauseMs.terminal : pauseMs.elsewhere)) return
      last = at
      const line = formatProgress(what, bytes, total, at - began)
      err.write(terminal ? `\r${line}\u001B[K` : `${line}\n`)
      open = terminal
    },
    end() {
      if (open) err.write('\r\u001B[K')
      open = false
    },
  }
}
