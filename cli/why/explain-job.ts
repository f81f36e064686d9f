import type { AdminApi } from '../api/admin-api.ts'
import { job, jobLogIfAny, type ShownJob } from '../api/jobs.ts'
import { openAdminApi } from '../api/open.ts'
import type { AdminOptions } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'
import { formatExplanation } from '../format/explanation.ts'
import { explain } from './explain.ts'
import { surroundingsOf } from './surroundings.ts'

/** How many lines of a log are shown. */
const mostLines = 20

/** Explains one job to whoever asks. */
export async function explainJob(
  context: Context,
  id: string,
  options: AdminOptions & { readonly json?: true },
): Promise<void> {
  const api = openAdminApi(context, options)
  const shown = await job(api, id)
  const explanation = explain(shown, await surroundingsOf(api, shown), context.now())
  const lastLines = explanation.failure?.lastLogLines ?? (await runningLog(api, shown))
  if (options.json === true) {
    const { failure = null, hint = null, headline, details, next } = explanation
    return printJson(context.out, {
      id,
      state: shown.state,
      headline,
      details,
      observed: shown.observed ?? null,
      notObserved: shown.notObserved ?? null,
      failure,
      lastLogLines: lastLines,
      hint,
      next,
    })
  }
  context.out.write(`${context.out.style.dim(`job ${id}, ${shown.assetId} ${shown.assetVersion ?? ''}`.trimEnd())}\n`)
  context.out.write(formatExplanation(explanation, lastLines, context.out))
}

/** The end of what a worker wrote that runs right now, where its backend answers. Failures bring their own lines. */
async function runningLog(api: AdminApi, { id, state, notObserved }: ShownJob): Promise<readonly string[]> {
  if (state !== 'running' || notObserved !== undefined) return []
  const log = await jobLogIfAny(api, id, { container: 'worker' })
  return Buffer.from(log?.bytes ?? [])
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .slice(-mostLines)
    .filter((line) => line !== '')
}
