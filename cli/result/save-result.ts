import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { AdminApi } from '../api/admin-api.ts'
import { jobFile, type ShownJob } from '../api/jobs.ts'
import { CliError } from '../cli-error.ts'

/** A file of a result, as the admin API lists it. */
export type ListedFile = NonNullable<ShownJob['result']>['files'][number]

/**
 * Fetches a file of a result into a folder, and checks its digest. What is there under its name is replaced only when it is whole.
 * @throws CliError where the bytes are not those of the manifest
 */
export async function saveFile(api: AdminApi, jobId: string, file: ListedFile, folder: string): Promise<void> {
  await saveStream(await jobFile(api, jobId, file.path), file, folder)
}

/** The same for a file that comes from elsewhere. */
export async function saveStream(
  stream: ReadableStream<Uint8Array>,
  file: Pick<ListedFile, 'path' | 'sha256'>,
  folder: string,
): Promise<void> {
  const place = join(folder, file.path)
  const part = `${place}.part`
  await mkdir(dirname(place), { recursive: true })
  const hash = createHash('sha256')
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  try {
    await pipeline(Readable.fromWeb(stream), hashing, createWriteStream(part))
    const found = hash.digest('hex')
    if (found !== file.sha256)
      throw new CliError('failed', `${file.path} did not arrive whole`, {
        detail: `its SHA-256 is ${found}, the result manifest says ${file.sha256}`,
      })
    await rename(part, place)
  } finally {
    await rm(part, { force: true })
  }
}

/** Whether something lies at a path. */
export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
