import { crash } from '../../core/crash-point.ts'
import { filesPrefix } from '../../core/job/names.ts'
import type { SidecarTask } from '../../core/job/sidecar-task.ts'
import { buildManifest, type ResultFile, type ResultManifest } from '../../core/result/manifest.ts'
import { SidecarFailure } from '../failure.ts'
import { inParallel } from '../parallel.ts'
import { moved, type Progress, type SidecarOptions, someNames } from '../progress.ts'
import type { RetryRules } from '../retry.ts'
import { storeTrouble } from '../store/advice.ts'
import { openStore } from '../store/open-store.ts'
import { type OnTrouble, type SidecarStore, partSize } from '../store/store.ts'
import { BufferPool } from './buffer-pool.ts'
import type { OutputFile } from './output-file.ts'
import { publishManifest } from './publish-manifest.ts'
import { sendInParts, sendWhole } from './send-file.ts'
import { walkOutputs } from './walk.ts'

/** A store that is away for a while must not cost the computation: an hour. */
const uploadRetries: RetryRules = { patienceMs: 3_600_000, longestPauseMs: 15_000 }
/** Files up to this size have small buffers of their own, so that many of them go at once. Bytes. */
const smallFile = 512 * 1024
/**
 * How many small files go at once. Each waits for the store far longer than it takes us: 1,000 files of 100 KiB beside s5cmd went at
 * 0.71 of its speed with 8, 0.81 with 16 and 0.98 with 24 (medians of eight rounds in turns, on a busy machine).
 */
const smallAtOnce = 24
/** How many parts and larger files go at once, over all files. With the small ones that makes 52 MiB of buffers. */
const partsAtOnce = 5
/** While the store does not answer, one line in so many milliseconds. */
const troubleEveryMs = 10_000

/** What a caller may set for the upload. */
export interface UploadOptions extends SidecarOptions {
  /** How long to wait for a store that does not answer; an hour by default. */
  readonly retries?: RetryRules
}

/**
 * Takes the declared outputs from a directory into the object store, and the result manifest last. Memory does not grow with the
 * size of the files.
 * @param outputDirectory what the worker had as OUTPUT_DIR; nobody may write into it any more
 * @param signal ends the upload; what was sent in parts is removed, whole files stay (without a manifest they are no result)
 * @returns the manifest as it was written
 * @throws SidecarFailure with missing-output, invalid-output, output-too-large or upload-failed, or backend-error where that
 *   directory cannot be used; nothing else
 */
export async function uploadOutputs(
  task: SidecarTask,
  outputDirectory: string,
  signal: AbortSignal,
  { progress = () => undefined, retries = uploadRetries }: UploadOptions = {},
): Promise<ResultManifest> {
  try {
    const found = await walkOutputs(task, outputDirectory, signal)
    if (found.undeclared.length > 0) {
      progress(`not uploaded, because no output declares it: ${someNames(found.undeclared)}`)
    }
    const store = openStore(task.store, retries, tellTrouble(progress))
    try {
      const sent = await sendFiles(store, task, found.files, signal, progress)
      const manifest = buildManifest(task.ref.jobId, task.ref.attempt, sent)
      crash('files-sent')
      await publishManifest(store, manifest, retries, signal, progress)
      crash('manifest-made')
      progress(`result complete: ${manifest.files.length} files, ${manifest.totalBytes} bytes`)
      return manifest
    } finally {
      store.close()
    }
  } catch (error) {
    if (signal.aborted)
      throw new SidecarFailure('upload-failed', 'The upload was told to end before it was done.', error)
    if (error instanceof SidecarFailure) throw error
    throw new SidecarFailure('upload-failed', `The result could not be stored: ${storeTrouble(error)}`, error)
  }
}

async function sendFiles(
  store: SidecarStore,
  task: SidecarTask,
  files: readonly OutputFile[],
  signal: AbortSignal,
  progress: Progress,
): Promise<ResultFile[]> {
  const sent: ResultFile[] = []
  const small = new BufferPool(smallAtOnce, smallFile)
  const large = new BufferPool(partsAtOnce, partSize)
  const send = async (file: OutputFile, fileSignal: AbortSignal) => {
    const startedAt = performance.now()
    const { path, size, mediaType } = file
    const key = filesPrefix(task.ref) + path
    try {
      const sha256 =
        size > partSize
          ? await sendInParts(store, file, key, large, fileSignal)
          : await sendWhole(store, file, key, size > smallFile ? large : small, fileSignal)
      sent.push({ path, size, sha256, ...(mediaType === undefined ? {} : { mediaType }) })
      progress(`uploaded ${moved(path, size, startedAt)}`)
    } catch (error) {
      fileSignal.throwIfAborted()
      if (error instanceof SidecarFailure) throw error
      throw new SidecarFailure('upload-failed', `The output ${path} could not be stored: ${storeTrouble(error)}`, error)
    }
  }
  const lanes = [
    { limit: smallAtOnce, files: files.filter((file) => file.size <= smallFile) },
    { limit: partsAtOnce, files: files.filter((file) => file.size > smallFile) },
  ]
  await inParallel(lanes, lanes.length, signal, (lane, laneSignal) =>
    inParallel(lane.files, lane.limit, laneSignal, send),
  )
  return sent
}

function tellTrouble(progress: Progress): OnTrouble {
  let told = Number.NEGATIVE_INFINITY
  return (error) => {
    if (performance.now() - told < troubleEveryMs) return
    told = performance.now()
    progress(`the object store does not take it (${error.message}); trying again`)
  }
}
