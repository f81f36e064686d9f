import type { Logger } from '../../core/ports/logger.ts'
import { ListWatch, type WatchHealth } from '../api/list-watch.ts'
import { NamespaceApi } from '../api/namespace-api.ts'
import type { Transport } from '../api/transport.ts'
import { type Labels, ourSelector } from '../labels.ts'
import type { Spaces } from './spaces.ts'

/** The watches on the pods of every namespace of ours. */
export interface SpacesWatch {
  /**
   * How they go: that of the one that is best off, since a namespace that goes or lost its RoleBinding is one consumer's trouble, and no
   * reason to serve nobody. `undefined` where there is none yet.
   */
  health(): WatchHealth | undefined
  close(): Promise<void>
}

interface Watched {
  readonly watch: ListWatch
  readonly transport: Transport | undefined
}

/**
 * Watches the pods of the namespaces that are there and of those that come.
 * @param transportOf makes connections of its own for one watch; without it all share those of their namespace
 * @param listener is told the labels of a pod that changed, and where it is
 */
export function watchSpaces(
  spaces: Spaces,
  logger: Logger,
  transportOf: (() => Transport) | undefined,
  listener: (labels: Labels, api: NamespaceApi) => void,
): SpacesWatch {
  const watched = new Map<string, Watched>()
  const ending = new Set<Promise<void>>()
  const end = ({ watch, transport }: Watched): void => {
    const ended = watch
      .close()
      .then(() => transport?.close())
      .finally(() => ending.delete(ended))
    ending.add(ended)
  }
  spaces.follow({
    came(api) {
      const transport = transportOf?.()
      const watch = new ListWatch({
        api: transport === undefined ? api : new NamespaceApi(transport, api.namespace),
        resource: 'pods',
        selection: { labelSelector: ourSelector },
        logger,
        listener: (labels) => listener(labels, api),
      })
      watched.set(api.namespace, { watch, transport })
    },
    went(namespace) {
      const gone = watched.get(namespace)
      watched.delete(namespace)
      if (gone !== undefined) end(gone)
    },
  })
  return {
    health: () =>
      [...watched.values()]
        .map(({ watch }) => watch.health)
        .toSorted((a, b) => a.failures - b.failures)
        .at(0),
    async close() {
      for (const one of watched.values()) end(one)
      watched.clear()
      await Promise.all(ending)
    },
  }
}
