import { filesPrefix } from '../../core/job/names.ts'
import type { ResultAddress } from '../../core/ports/connector.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { resultPath } from './serve.ts'
import { resultToken } from './token.ts'

/** What decides which address a connector is told. */
export interface AddressParts {
  readonly store: Store
  readonly objects: ObjectStore
  readonly tokenKey: string
  /** Base address under which connectors reach us. */
  readonly publicUrl: () => string
  /** How long presigned addresses work, in milliseconds; `undefined` where the gateway serves everything. */
  readonly presignedMs: number | undefined
}

/**
 * Where the result of a transfer can be fetched: at our gateway, or, where that is wanted and the result is a single file, at a
 * presigned address of the object store.
 */
export async function resultAddress(parts: AddressParts, transfer: Transfer): Promise<ResultAddress> {
  const presigned = parts.presignedMs === undefined ? undefined : await presignedUrl(parts, transfer, parts.presignedMs)
  if (presigned !== undefined) return { kind: 'presigned', url: presigned }
  return {
    kind: 'gateway',
    url: parts.publicUrl() + resultPath(transfer.id),
    token: resultToken(parts.tokenKey, transfer),
  }
}

async function presignedUrl(
  { store, objects }: AddressParts,
  transfer: Transfer,
  durationMs: number,
): Promise<string | undefined> {
  const result = await store.result(transfer.jobId)
  const [file, ...more] = result?.manifest.files ?? []
  if (result === undefined || file === undefined || more.length > 0) return undefined
  return objects.presign(filesPrefix(result) + file.path, durationMs)
}
