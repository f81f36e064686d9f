import type { AdminApi } from '../api/admin-api.ts'
import { jobLogIfAny } from '../api/jobs.ts'

/** What a log has that was not read before. */
export interface NewPart {
  readonly text: string
  /** What of the log is missing before the text, in words; `undefined` where nothing is. */
  readonly missing: string | undefined
}

/**
 * A reader of one container's log in one attempt. Each call gives what was written since the one before, and only that travels;
 * `undefined` where there is no log (yet).
 */
export function readOn(
  api: AdminApi,
  id: string,
  container: string,
  attempt: number,
): () => Promise<NewPart | undefined> {
  let offset = 0
  let decoder = new TextDecoder() // a character may come in two parts
  return async () => {
    const part = await jobLogIfAny(api, id, { container, attempt, offset })
    if (part === undefined) return undefined
    const { start, bytes } = part
    const missing =
      start > offset
        ? `${start - offset} bytes are missing here: only the end of a long log is there`
        : start < offset
          ? 'the log begins anew here: what was before was rotated away'
          : undefined
    if (missing !== undefined) decoder = new TextDecoder()
    offset = start + bytes.length
    return { text: decoder.decode(bytes, { stream: true }), missing }
  }
}
