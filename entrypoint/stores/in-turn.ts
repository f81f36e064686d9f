import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Store } from '../../core/ports/store.ts'

/**
 * A store that writes once per turn of the event loop, in the order in which it was asked. SQLite answers without waiting, the disk
 * included: writes that follow each other would take the process for seconds, in which no connection is taken and no message read (200
 * starts at once: some waited 15 s for their connection).
 */
export function inTurn(store: Omit<Store, 'check'>): Omit<Store, 'check'> {
  let last: Promise<void> = Promise.resolve()
  const turn = (): Promise<void> => {
    last = last.then(() => nextTurn())
    return last
  }
  return {
    ...store,
    async accept(...parameters) {
      await turn()
      return store.accept(...parameters)
    },
    async acceptOffered(...parameters) {
      await turn()
      return store.acceptOffered(...parameters)
    },
    async commit(...parameters) {
      await turn()
      return store.commit(...parameters)
    },
    async finish(...parameters) {
      await turn()
      return store.finish(...parameters)
    },
    async wake(...parameters) {
      await turn()
      return store.wake(...parameters)
    },
  }
}
