import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { PlannedInput } from '../../core/job/plan.ts'
import type { SidecarTask } from '../../core/job/sidecar-task.ts'
import { pathProblem } from '../../core/result/paths.ts'
import { codeOf, reasonOf, SidecarFailure } from '../failure.ts'
import { inParallel } from '../parallel.ts'
import { moved, type SidecarOptions } from '../progress.ts'
import { type RetryRules, TransientError, withRetries } from '../retry.ts'
import { openStore } from '../store/open-store.ts'
import { storeTrouble } from '../store/advice.ts'
import { type Download, type SidecarStore, StoreRefusal } from '../store/store.ts'
import { InputRefusal } from './input-refusal.ts'
import { type DownloadTimes, openUrl, shownAddress } from './open-url.ts'
import { save } from './save.ts'
import { unpack } from './unpack.ts'

/** What a caller may set for fetching. */
export interface FetchOptions extends SidecarOptions {
  readonly times?: DownloadTimes
  /** How often and for how long to try each input. */
  readonly retries?: RetryRules
}

const defaultTimes: DownloadTimes = { connectMs: 10_000, stallMs: 60_000, paceMs: 300_000 }
/** Eight tries with half a minute of pauses in all: nothing is computed yet, so a failure costs little. */
const fetchRetries: RetryRules = { tries: 8, patienceMs: 600_000, longestPauseMs: 15_000 }
const inputsAtOnce = 4
/** Where inputs are while they are incomplete. No input can have this name: `~` is not allowed in one. */
const incomplete = 'incomplete~'

/**
 * Fetches every input of a task into a directory. Each appears under its name whole and checked, or not at all.
 * @param inputDirectory what the worker gets as INPUT_DIR; it must exist
 * @throws SidecarFailure input-failed, or backend-error where that directory cannot be used; nothing else
 */
export async function fetchInputs(
  task: SidecarTask,
  inputDirectory: string,
  signal: AbortSignal,
  { progress = () => undefined, times = defaultTimes, retries = fetchRetries }: FetchOptions = {},
): Promise<void> {
  if (task.inputs.length === 0) return
  const workspace = join(inputDirectory, incomplete)
  const store = openStore(task.store, retries, () => undefined)
  try {
    await rm(workspace, { recursive: true, force: true })
    await mkdir(workspace)
    await inParallel(task.inputs, inputsAtOnce, signal, async (input, inputSignal) => {
      const startedAt = performance.now()
      progress(`fetching ${input.name} from ${placeOf(input)}`) // where it hangs, this is the last that is heard
      try {
        const fetching = { input, store, allowedHosts: task.allowedHosts, times, retries, signal: inputSignal }
        const size = await fetchOne(fetching, workspace, inputDirectory)
        progress(`fetched ${moved(input.name, size, startedAt)}`)
      } catch (error) {
        inputSignal.throwIfAborted()
        throw failureOf(input, error)
      }
    })
  } catch (error) {
    if (error instanceof SidecarFailure) throw error
    if (signal.aborted)
      throw new SidecarFailure('input-failed', 'Fetching the inputs was told to end before it was done.', error)
    throw new SidecarFailure('backend-error', `The inputs directory cannot be used: ${reasonOf(error)}.`, error)
  } finally {
    store.close()
    await rm(workspace, { recursive: true, force: true }).catch(() => undefined)
  }
}

interface Fetching {
  readonly input: PlannedInput
  readonly store: SidecarStore
  readonly allowedHosts: readonly string[]
  readonly times: DownloadTimes
  readonly retries: RetryRules
  readonly signal: AbortSignal
}

async function fetchOne(fetching: Fetching, workspace: string, inputDirectory: string): Promise<number> {
  const { input, retries, signal } = fetching
  const problem = input.name.includes('/') ? 'a name has no /' : pathProblem(input.name)
  if (problem !== undefined) throw new InputRefusal(problem, 'Correct the name of the input.')
  const packed = join(workspace, input.name)
  const saved = await withRetries(
    async () => await save(await open(fetching), packed, input.maximumBytes),
    retries,
    signal,
  )
  if (input.sha256 !== undefined && input.sha256 !== saved.sha256) {
    throw new InputRefusal(
      `its SHA-256 is ${saved.sha256}, and ${input.sha256} was declared`,
      'Correct sha256 of the input, or restore the file.',
    )
  }
  const place = join(inputDirectory, input.name)
  await rm(place, { recursive: true, force: true })
  if (input.kind === 'file') {
    await rename(packed, place)
    return saved.size
  }
  const unpacked = `${packed}~`
  await unpack(packed, unpacked, input.maximumBytes, signal)
  await rename(unpacked, place)
  await rm(packed)
  return saved.size
}

async function open({ input: { source }, store, allowedHosts, times, signal }: Fetching): Promise<Download> {
  return source.kind === 'url'
    ? await openUrl(source.url, allowedHosts, times, signal)
    : await store.read(source, signal)
}

function failureOf(input: PlannedInput, error: unknown): SidecarFailure {
  return new SidecarFailure(
    'input-failed',
    `The input ${input.name} could not be fetched from ${placeOf(input)}: ${reasonFor(input, error)}`,
    error,
    error instanceof InputRefusal,
  )
}

function reasonFor(input: PlannedInput, error: unknown): string {
  if (error instanceof InputRefusal) return `${error.message}. ${error.advice}`
  if (error instanceof StoreRefusal) return storeTrouble(error)
  if (error instanceof TransientError) {
    if (input.source.kind !== 'url') return storeTrouble(error)
    return `${error.message}; it was tried several times. Check that the server is well and can be reached from here.`
  }
  const full = codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT'
  return `${reasonOf(error)}. ${full ? 'Raise resources.ephemeralStorage.' : 'Check the inputs directory.'}`
}

function placeOf({ source }: PlannedInput): string {
  switch (source.kind) {
    case 'url':
      return shownAddress(source.url)
    case 's3':
      return `the object ${source.key} of the bucket ${source.bucket}`
    case 'bundled':
      return `the object ${source.key}`
  }
}
