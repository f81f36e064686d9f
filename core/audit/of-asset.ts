import type { AssetRecord } from '../ports/store.ts'
import type { Hash } from './chain.ts'
import { type AuditDraft, type Author, service } from './entry.ts'

/** A version that was registered, or put in the place of an earlier one. Its dotenv file may hold what is nobody's business: it is not mentioned. */
export function auditOfRegistration(
  { id, version, document, bundled }: AssetRecord,
  replaced: boolean,
  by: Author,
  hash: Hash,
): AuditDraft {
  return {
    ...assetDraft(id, replaced ? 'asset.replaced' : 'asset.registered', by),
    detail: { version, documentSha256: hash(JSON.stringify(document)), bundledFiles: Object.keys(bundled).length },
  }
}

/** An asset that was paused, resumed or removed. */
export function assetDraft(
  id: string,
  action: 'asset.registered' | 'asset.replaced' | 'asset.paused' | 'asset.resumed' | 'asset.removed',
  by: Author,
): AuditDraft {
  return { ...by, action, object: { kind: 'asset', id }, outcome: 'done' }
}

/** A version that the assets' folder gives (again), or no more. */
export function auditOfFolder(id: string, version: string, present: boolean): AuditDraft {
  return {
    ...service,
    action: present ? 'asset.offered-again' : 'asset.withdrawn',
    object: { kind: 'asset', id },
    outcome: 'done',
    detail: { version },
  }
}
