import { crash } from '../../core/crash-point.ts'
import type { Failure } from '../../core/job/causes.ts'
import type { ActiveJob, Result } from '../../core/job/job.ts'
import { type AttemptRef, filesPrefix, manifestKey } from '../../core/job/names.ts'
import type { RegisteredAsset } from '../../core/job/plan.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Change, DueWork, Versioned } from '../../core/ports/store.ts'
import { parseManifest, type ResultManifest } from '../../core/result/manifest.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { applyToJob, commit } from './apply.ts'
import { grantAddress } from './end-job.ts'
import type { EngineParts } from './parts.ts'

/** Largest result manifest that is read, in bytes: about 100,000 files. */
const maximumManifestBytes = 32 * 1024 * 1024
/** Files that are checked side by side. */
const checksAtOnce = 16

/**
 * Looks for the result of an attempt whose sidecar is done, and checks that every file is there in its size.
 * @returns the manifest, or why there is no result
 */
export async function findResult(objects: ObjectStore, ref: AttemptRef): Promise<ResultManifest | Failure> {
  const key = manifestKey(ref)
  const head = await objects.head(key)
  if (head === undefined)
    return { cause: 'upload-failed', message: 'The sidecar ended well but wrote no result manifest.' }
  if (head.size > maximumManifestBytes)
    return { cause: 'output-too-large', message: `The result manifest has ${head.size} bytes.` }
  const manifest = parseManifest(await readText(objects, key))
  if (typeof manifest === 'string')
    return { cause: 'upload-failed', message: `The result manifest cannot be read: ${manifest}.` }
  if (manifest.jobId !== ref.jobId || manifest.attempt !== ref.attempt) {
    return { cause: 'upload-failed', message: 'The result manifest belongs to another attempt.' }
  }
  const files = [...manifest.files]
  for (let index = 0; index < files.length; index += checksAtOnce) {
    const missing = await Promise.all(
      files.slice(index, index + checksAtOnce).map(async (file) => {
        const found = await objects.head(filesPrefix(ref) + file.path)
        return found?.size === file.size
          ? undefined
          : `${file.path} has ${found?.size ?? 'no'} bytes instead of ${file.size}`
      }),
    )
    const first = missing.find((message) => message !== undefined)
    if (first !== undefined)
      return { cause: 'upload-failed', message: `The result is not whole in the object store: ${first}.` }
  }
  return manifest
}

/** A job whose result is there. */
export interface Finished {
  readonly job: Versioned<ActiveJob>
  /** `undefined` where an operator has it run. */
  readonly transfer: Versioned<Transfer> | undefined
  readonly registered: RegisteredAsset
}

/** Registers the result, once, and in the same transaction decides that the connector is to be told where it lies. */
export async function registerResult(
  parts: EngineParts,
  { job, transfer, registered }: Finished,
  manifest: ResultManifest,
): Promise<void> {
  const now = parts.clock.now()
  const { id, attempt, terms } = job.value
  const { agreementEndsAt } = terms
  const result: Result = { jobId: id, attempt, manifest, registeredAt: now }
  const ending: Change =
    transfer === undefined
      ? kept(result, Math.min(now + registered.asset.retention, agreementEndsAt ?? Infinity))
      : lent(grantAddress(parts, transfer), { ...result, transferId: transfer.value.id }, agreementEndsAt)
  crash('result-checked')
  await commit(parts, {
    ...ending,
    job: applyToJob(job, { type: 'result-registered', attempt }, now),
    wake: [...(ending.wake ?? []), { kind: 'job', key: id, dueAt: now }],
  })
  crash('result-kept')
  parts.logger.info('result registered', {
    jobId: id,
    attempt,
    transferId: transfer?.value.id,
    files: manifest.files.length,
    bytes: manifest.totalBytes,
  })
}

/** A result that no transfer ends: it is kept for the asset's retention from now on. */
function kept(result: Result, expiresAt: number): Change {
  return { result: { ...result, expiresAt }, wake: [{ kind: 'expire', key: result.jobId, dueAt: expiresAt }] }
}

/** A result that goes when its transfer ends, or with the agreement, where that says when it ends. */
function lent(ending: Change, result: Result, agreementEndsAt: number | undefined): Change {
  if (agreementEndsAt === undefined) return { ...ending, result }
  const expire: DueWork = { kind: 'expire', key: result.jobId, dueAt: agreementEndsAt }
  return { ...ending, result: { ...result, expiresAt: agreementEndsAt }, wake: [...(ending.wake ?? []), expire] }
}

async function readText(objects: ObjectStore, key: string): Promise<string> {
  const body = await objects.open(key)
  if (body === undefined) throw new Error(`the object ${key} vanished while it was read`)
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true })
  return text + decoder.decode()
}
