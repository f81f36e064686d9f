import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Line, Store } from '../../core/ports/store.ts'

/** Looks at the line of one store: the one under way, and the one that begins when it is over. */
interface Looks {
  present: Promise<unknown>
  next: Promise<Line> | undefined
}

const looks = new WeakMap<Pick<Store, 'line'>, Looks>()

/**
 * Who waits for a slot. Looking costs as much as there are consumers who wait, and many ask at once: when slots get free, and when those who
 * were woken for them come. So one look is under way at a time, and whoever asks meanwhile shares the next one. Nobody gets what was
 * read before he asked.
 * @param now milliseconds since 1970, when the look begins
 */
export function sharedLine(store: Pick<Store, 'line'>, perConsumer: number, now: () => number): Promise<Line> {
  const its = looks.get(store) ?? { present: Promise.resolve(), next: undefined }
  looks.set(store, its)
  its.next ??= its.present
    .catch(() => undefined) // told to those who asked for it
    .then(() => nextTurn()) // and for whoever asks in the same moment
    .then(() => {
      its.next = undefined
      const look = store.line(now(), perConsumer)
      its.present = look
      return look
    })
  return its.next
}
