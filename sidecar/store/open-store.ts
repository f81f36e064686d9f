import type { StoreAccess } from '../../core/ports/object-store.ts'
import type { RetryRules } from '../retry.ts'
import { directoryStore } from './directory.ts'
import { s3Store } from './s3.ts'
import type { OnTrouble, SidecarStore } from './store.ts'

/** Opens the store that the task names. */
export function openStore(access: StoreAccess, retries: RetryRules, onTrouble: OnTrouble): SidecarStore {
  switch (access.kind) {
    case 's3':
      return s3Store(access, retries, onTrouble)
    case 'directory':
      return directoryStore(access.root)
  }
}
