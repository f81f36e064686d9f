import type { AttemptRef } from '../../core/job/names.ts'
import { NamespaceApi } from '../api/namespace-api.ts'
import type { Transport } from '../api/transport.ts'

/** The namespace of jobs, or those of consumers, as the backend finds its way between them. */
export interface Spaces {
  /** The namespace in which a consumer's attempt shall come into being, ready to take it. */
  prepared(ref: AttemptRef, consumerId: string): Promise<NamespaceApi>
  /** The namespace in which an attempt is; `undefined` where there is none, and so nothing of the attempt. */
  of(ref: AttemptRef): Promise<NamespaceApi | undefined>
  /** Every namespace in which something of ours may be. */
  all(): Promise<readonly NamespaceApi[]>
  /** Names a listener that is told of each namespace that is there or comes, and when it has gone. */
  follow(listener: SpaceListener): void
  /** Says that an attempt was seen in a namespace. */
  seen(jobId: string, api: NamespaceApi): void
}

/** Who wants to know which namespaces there are. */
export interface SpaceListener {
  came(api: NamespaceApi): void
  went(namespace: string): void
}

/** All jobs in one namespace. */
export function oneSpace(transport: Transport, namespace: string): Spaces {
  const api = new NamespaceApi(transport, namespace)
  return {
    prepared: () => Promise.resolve(api),
    of: () => Promise.resolve(api),
    all: () => Promise.resolve([api]),
    follow: (listener) => listener.came(api),
    seen: () => undefined,
  }
}
