import { ServiceError } from '../../core/errors.ts'
import { receptionPrefix } from '../../core/reception/names.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { ReceivingParts } from './parts.ts'

/** Most objects that one provider may write for one reception. */
const mostFiles = 100_000

/** How much room receptions have that providers write to, so that none fills the object store. */
export interface Rooms {
  /**
   * Reserves room for a file, in place of an earlier one of the same key.
   * @param size as announced, in bytes; `undefined` where nobody knows: then the file may take all that is left
   * @throws ServiceError `body-too-large`
   */
  reserve(receptionId: string, key: string, size: number | undefined): Promise<Reservation>
}

/** Room that is kept for a file under way. */
export interface Reservation {
  /** Most bytes that it may have. */
  readonly most: number
  /** It is there in this size; or, without a size, it is not. */
  settle(size?: number): void
}

interface Room {
  /** Bytes by key: of what is there, and of what is on its way. */
  readonly taken: Map<string, number>
}

/** How many receptions are remembered; of another one it is asked again what is there. */
const mostRooms = 100

/** Knows how much room there is by what lies in the object store, and by what it was asked for since. */
export function rooms(parts: Pick<ReceivingParts, 'objects' | 'rules'>): Rooms {
  const known = new Map<string, Promise<Room>>()
  const roomOf = (receptionId: string): Promise<Room> => {
    const room = known.get(receptionId) ?? look(parts.objects, receptionId)
    known.delete(receptionId)
    known.set(receptionId, room) // the one used last stands last
    room.catch(() => known.delete(receptionId))
    const [oldest] = known.keys()
    if (known.size > mostRooms && oldest !== undefined) known.delete(oldest)
    return room
  }
  return {
    async reserve(receptionId, key, size) {
      const { maximumBytes } = parts.rules
      const { taken } = await roomOf(receptionId)
      const before = taken.get(key)
      const others = [...taken.values()].reduce((sum, one) => sum + one, 0) - (before ?? 0)
      const most = Math.min(size ?? maximumBytes, maximumBytes - others)
      if (most <= 0 && size !== 0)
        throw new ServiceError('body-too-large', `More than ${maximumBytes} bytes are not taken.`)
      if (size !== undefined && size > maximumBytes - others)
        throw new ServiceError('body-too-large', `More than ${maximumBytes} bytes altogether are not taken.`)
      if (before === undefined && taken.size >= mostFiles)
        throw new ServiceError('body-too-large', `More than ${mostFiles} files are not taken.`)
      taken.set(key, Math.max(before ?? 0, size ?? 0))
      return {
        most: Math.max(most, 0),
        settle(there) {
          if (there !== undefined) taken.set(key, there)
          else if (before === undefined) taken.delete(key)
          else taken.set(key, before)
        },
      }
    },
  }
}

async function look(objects: ObjectStore, receptionId: string): Promise<Room> {
  const taken = new Map<string, number>()
  for await (const { key, size } of objects.list(receptionPrefix(receptionId))) taken.set(key, size)
  return { taken }
}
