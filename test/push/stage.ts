import { hash } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { filesPrefix } from '../../core/job/names.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import { buildManifest } from '../../core/result/manifest.ts'
import type { DataAddress } from '../../dps/data-plane.ts'
import { directoryStore } from '../../entrypoint/objects/directory.ts'
import { type PushOutcome, type PushParts, type PushRequest, pushResult } from '../../entrypoint/push/push-result.ts'
import { recordingLogger } from '../support/recording-logger.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A result in a store of the test's own, and what pushes it. */
export interface Stage {
  readonly objects: ObjectStore
  readonly result: PushRequest['result']
  readonly parts: PushParts
  readonly log: ReturnType<typeof recordingLogger>
  push(destination: DataAddress, options?: Partial<PushParts> & { readonly signal?: AbortSignal }): Promise<PushOutcome>
}

/** Content of each file of a result, by path. */
export type Content = Readonly<Record<string, Uint8Array | string>>

/**
 * Stores a result. Destinations at 127.0.0.1 and at the testbed's address are allowed, and nothing is waited for long.
 * @param jobId where several results go to one destination, they are of several jobs
 */
export async function stageOf(t: ExecutionContext, content: Content, jobId = 'job-1'): Promise<Stage> {
  const objects = directoryStore(await temporaryFolder(t))
  const ref = { jobId, attempt: 1 }
  for (const [path, bytes] of Object.entries(content)) await objects.put(filesPrefix(ref) + path, bytes, 'text/plain')
  const files = Object.entries(content).map(([path, bytes]) => ({
    path,
    size: Buffer.byteLength(bytes),
    sha256: hash('sha256', bytes, 'hex'),
    ...(path.endsWith('.csv') ? { mediaType: 'text/csv' } : {}),
  }))
  const result = { ...ref, manifest: buildManifest(jobId, 1, files), registeredAt: 1_790_000_000_000 }
  const log = recordingLogger()
  const parts: PushParts = {
    objects,
    logger: log,
    rules: { allowed: ['127.0.0.0/8', '10.0.0.0/8'], plainHttp: false },
    times: { connectMs: 5_000, paceMs: 5_000, answerMs: 5_000 },
    retries: { patienceMs: 2_000, longestPauseMs: 20, tries: 3 },
  }
  return {
    objects,
    result,
    parts,
    log,
    push: (destination, { signal = new AbortController().signal, ...options } = {}) =>
      pushResult({ ...parts, ...options }, { destination, result, signal }),
  }
}

/** An HTTP destination. */
export function httpAddress(baseUrl: string, properties: Readonly<Record<string, string>> = {}): DataAddress {
  return { endpointType: 'HttpData', properties: { baseUrl, ...properties } }
}
