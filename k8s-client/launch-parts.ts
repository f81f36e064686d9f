import type { Logger } from '../core/ports/logger.ts'
import type { ObjectStore } from '../core/ports/object-store.ts'
import type { NamespaceApi } from './api/namespace-api.ts'
import type { KubernetesOptions } from './options.ts'

/** What launching needs. */
export interface LaunchParts {
  readonly api: NamespaceApi
  readonly options: KubernetesOptions
  readonly objectStore: Pick<ObjectStore, 'access'>
  readonly logger: Logger
}
