import { randomUUID } from 'node:crypto'
import process from 'node:process'
import type { CommitOutcome, Store, WorkItem } from '../../../core/ports/store.ts'
import { openPostgresStore } from '../../../entrypoint/stores/postgres/postgres.ts'
import { recordingLogger } from '../../support/recording-logger.ts'
import type { Asked, Told } from './messages.ts'

// A process that holds some of the replicas of a race. It is told when to reach for work, and says what it got.

const stores: Store[] = []
const held: (WorkItem | undefined)[] = []

/** Every replica reaches for the one item that is due, all at once. */
async function claim(): Promise<Told> {
  const got = await Promise.all(stores.map((store) => store.claim(0, 1, 600_000)))
  const leases: string[] = []
  for (const [index, items] of got.entries()) {
    for (const item of items) {
      held[index] = item
      leases.push(item.lease)
    }
  }
  return { leases }
}

/** Every replica that ever got the item changes the job in the name of what it got, all at once. */
async function write(jobId: string): Promise<Told> {
  const outcomes = await Promise.all(
    stores.map(async (store, index): Promise<readonly [string, CommitOutcome] | undefined> => {
      const holder = held[index]
      const job = await store.job(jobId)
      if (holder === undefined || job === undefined) return undefined
      return [holder.lease, await store.commit({ job, holder })]
    }),
  )
  held.fill(undefined)
  return { written: outcomes.filter((outcome) => outcome !== undefined) }
}

async function answer(asked: Asked): Promise<Told> {
  if ('open' in asked) {
    for (let index = 0; index < asked.open; index++) {
      const opened = await openPostgresStore({ url: asked.url, ids: { next: randomUUID }, logger: recordingLogger() })
      stores.push(opened.store)
      held.push(undefined)
    }
    return {}
  }
  return 'write' in asked ? write(asked.write) : claim()
}

process.on('message', (asked: Asked) => {
  answer(asked).then(
    (told) => process.send?.(told),
    (error: unknown) => process.send?.({ failed: String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
