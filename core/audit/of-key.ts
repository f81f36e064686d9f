import type { ApiKey } from '../ports/key-store.ts'
import type { AuditDraft, Author } from './entry.ts'

/** A key of the admin API that was made. Nothing of its secret, not even the hash, is told. */
export function auditOfKey({ id, name, role, expiresAt }: ApiKey, by: Author): AuditDraft {
  return {
    ...by,
    action: 'key.created',
    object: { kind: 'key', id },
    outcome: 'done',
    detail: { name, role, expiresAt: new Date(expiresAt).toISOString() },
  }
}

/** A key of the admin API that was revoked. */
export function auditOfRevocation({ id, name }: Pick<ApiKey, 'id' | 'name'>, by: Author): AuditDraft {
  return { ...by, action: 'key.revoked', object: { kind: 'key', id }, outcome: 'done', detail: { name } }
}
