import type { AuditDraft, Author } from './entry.ts'

/** What was found and removed below a prefix, and what was left when it was listed again. */
export interface Erasure {
  /** Objects, with every version of them where the bucket keeps versions. */
  readonly objects: number
  /** Of all of those. */
  readonly bytes: number
  /** Uploads in parts that nobody had finished. */
  readonly uploads: number
  /** Objects, versions and uploads that a second look found. */
  readonly left: number
  /** Set where the service's key may not see or remove earlier versions: what the bucket keeps of those was not removed. */
  readonly versionsKept?: true
}

/** Two erasures in one. */
export function bothErased(a: Erasure, b: Erasure): Erasure {
  return {
    objects: a.objects + b.objects,
    bytes: a.bytes + b.bytes,
    uploads: a.uploads + b.uploads,
    left: a.left + b.left,
    ...(a.versionsKept === true || b.versionsKept === true ? { versionsKept: true } : {}),
  }
}

/** That a result is gone, with the proof: what was removed, and that nothing was found afterwards. */
export function auditOfRemoval(jobId: string, attempt: number, erased: Erasure | undefined, by: Author): AuditDraft {
  const { objects = null, bytes = null, uploads = null, left = null } = erased ?? {}
  return {
    ...by,
    action: 'result.removed',
    object: { kind: 'result', id: jobId },
    jobId,
    outcome: left === null || left === 0 ? 'done' : 'failed',
    detail: {
      attempt,
      objects,
      bytes,
      uploads,
      left,
      ...(erased?.versionsKept === true ? { versionsKept: true } : {}),
    },
  }
}

/** When a result is to go. */
export function auditOfExpiry(jobId: string, expiresAt: number, by: Author, reason?: string): AuditDraft {
  return {
    ...by,
    action: by.actor.kind === 'operator' ? 'result.removal-ordered' : 'result.expiry-set',
    object: { kind: 'result', id: jobId },
    jobId,
    outcome: 'done',
    detail: { expiresAt: new Date(expiresAt).toISOString(), ...(reason === undefined ? {} : { reason }) },
  }
}
