import { ServiceError } from '../../core/errors.ts'
import type { Result } from '../../core/job/job.ts'
import type { Store } from '../../core/ports/store.ts'
import type { ResultFile } from '../../core/result/manifest.ts'

/**
 * The result of a job, as long as it is there.
 * @throws ServiceError `result-unknown`, `result-gone`
 */
export async function resultOfJob(store: Store, jobId: string): Promise<Result> {
  const result = await store.result(jobId)
  if (result === undefined) throw new ServiceError('result-unknown', 'There is no result yet.')
  if (result.removedAt !== undefined)
    throw new ServiceError('result-gone', `The result was removed ${new Date(result.removedAt).toISOString()}.`)
  return result
}

/**
 * One file of a result.
 * @throws ServiceError `result-unknown`
 */
export function fileOf({ manifest }: Result, path: string | undefined): ResultFile {
  const file = manifest.files.find((one) => one.path === path)
  if (file === undefined) throw new ServiceError('result-unknown', `The result has no file ${JSON.stringify(path)}.`)
  return file
}
