import { allJobs, listJobs, type ShownJob } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { type Course, type Lot, lots, over } from './load.ts'
import type { FaultStage } from './stage.ts'

/** How a job of each lot must end. */
const ends: Readonly<Record<Lot, string>> = {
  plain: 'succeeded',
  large: 'succeeded',
  input: 'succeeded',
  retried: 'succeeded',
  fails: 'failed',
  'consumer-ends': 'cancelled',
  'operator-ends': 'cancelled',
}

/** Waits until nothing is left to do: every job is over, its attempts are removed, its transfer is over, and the outbox is empty. */
export async function quiet({ entrypoint, cluster, database }: FaultStage, deadlineMs: number): Promise<void> {
  await eventually(
    'everything to come to its end',
    async () => {
      const jobs = await listJobs(entrypoint.adminUrl)
      const live = jobs.filter(({ state, attempts }) => !over.has(state) || attempts.some((one) => !one.objectsRemoved))
      const rows = await database.unfinished()
      const left = cluster.left()
      if (live.length + rows.open.length + rows.callbacks + rows.results + left.length === 0) return { done: undefined }
      const shown = live.map(({ id, state, attempt }) => `${id} is ${state} in attempt ${attempt}`)
      return {
        pending: `${shown.join(', ')}; transfers: ${rows.open.join(', ')}; ${rows.callbacks} callbacks, ${rows.results} results; in the cluster: ${left.join(', ')}`,
      }
    },
    { deadlineMs, pauseMs: 250 },
  )
}

/**
 * What must be true when it is quiet, looked up in the cluster, the object store, the connector and the database, and never asked of
 * the engine: one job per transfer, with the end that its lot has; one Job and one run of its worker per attempt; nothing left but logs.
 */
export async function violationsOf(stage: FaultStage, courses: readonly Course[]): Promise<readonly string[]> {
  const { entrypoint, cluster, store, connector } = stage
  const jobs = await allJobs(entrypoint.adminUrl)
  const wrong: string[] = []
  for (const lot of lots) {
    const asked = courses.filter((course) => course.lot === lot).length
    const made = jobs.filter((job) => job['assetId'] === lot).length
    // A consumer may end a transfer before the service could take it: then nothing is ever heard of it again.
    if (lot === 'consumer-ends' ? made > asked : made !== asked)
      wrong.push(`${asked} transfers of ${lot} have ${made} jobs`)
  }
  for (const job of jobs) wrong.push(...wrongEnd(job))
  wrong.push(...cluster.violations)
  for (const [name, times] of cluster.journal.workers)
    if (times > 1) wrong.push(`the worker of ${name} ran ${times} times`)
  for (const key of await store.keys('')) if (!isKept(key)) wrong.push(`${key} is left in the object store`)
  for (const { id, attempts } of jobs)
    for (const { number } of attempts) {
      const key = `jobs/${id}/attempts/${number}/files/out.bin`
      if ((await store.unfinished(key)).length > 0) wrong.push(`an upload of ${key} was left half done`)
    }
  for (const { providerTransferId, lot } of courses) {
    const { state } = connector.transfer('provider', providerTransferId)
    if (!/^(TERMINATED|DEPROVISION)/.test(state)) wrong.push(`a transfer of ${lot} was left in ${state}`)
  }
  // Files of a registration that failed, and could not be taken back, go with a later sweep.
  wrong.push(...(await stage.check()).filter((finding) => !finding.startsWith('left-in-store assets/')))
  return wrong
}

function wrongEnd(job: ShownJob): readonly string[] {
  const lot = String(job['assetId']) as Lot
  const as = ends[lot]
  if (job.state === as) return lot === 'fails' && job.failure?.cause !== 'exit-code' ? [endOf(job)] : []
  return [endOf(job)]
}

function endOf({ id, state, failure, ...job }: ShownJob): string {
  const why = failure === undefined ? '' : ` by ${failure.cause}: ${failure.message}`
  return `the job ${id} of ${String(job['assetId'])} ended ${state}${why}`
}

/** What may stay: the inputs of assets, logs, and what anchors the audit log. */
function isKept(key: string): boolean {
  return /^(assets|audit)\//.test(key) || /^jobs\/[^/]+\/attempts\/\d+\/logs\//.test(key)
}
