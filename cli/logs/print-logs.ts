import type { AdminApi } from '../api/admin-api.ts'
import { CliError } from '../cli-error.ts'
import { jobLog } from '../api/jobs.ts'
import type { Followed, LogListener } from './follow-log.ts'

/**
 * Prints logs as they are now.
 * @throws CliError `not-found` where there is none of those asked for
 */
export async function printLogs(
  api: AdminApi,
  id: string,
  { containers, attempt }: Followed,
  listener: LogListener,
): Promise<void> {
  let none: CliError | undefined
  let printed = 0
  for (const container of containers) {
    // oxlint-disable-next-line no-await-in-loop -- they are printed in this order
    const part = await jobLog(api, id, { container, attempt }).catch((error: unknown) => {
      if (!(error instanceof CliError) || error.options.code !== 'log-unknown') throw error
      none = error
    })
    if (part === undefined) continue
    printed += 1
    if (containers.length > 1) listener.note(`log of ${container}`)
    if (part.start > 0) listener.note(`${part.start} bytes before this are not there: only the end of a long log is`)
    listener.text(Buffer.from(part.bytes).toString('utf8'))
  }
  if (printed === 0 && none !== undefined) throw none
}
