import { checkAll } from '../api/checks.ts'
import { openAdminApi } from '../api/open.ts'
import type { AdminOptions, JsonOption } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { formatCheck } from '../format/check.ts'
import { waitingLine } from '../format/waiting-line.ts'

/** Options of `dsc check`. */
export interface CheckAllOptions extends AdminOptions, JsonOption {
  readonly digests?: true
  readonly connectors?: true
}

/** Has the service check everything, and tells what it found. */
export async function runCheck(context: Context, options: CheckAllOptions): Promise<void> {
  const { out } = context
  const end = options.json === true ? undefined : waitingLine(context, 'the service reads everything it has')
  const { digests = false, connectors = false } = options
  const report = await checkAll(openAdminApi(context, options), { digests, connectors }).finally(() => end?.())
  if (!report.ok) context.exitWith(exitCodes.failed.code)
  if (options.json === true) printJson(out, report)
  else out.write(formatCheck(report, out))
}
