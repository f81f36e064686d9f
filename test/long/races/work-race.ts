import { fork, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openPostgresStore } from '../../../entrypoint/stores/postgres/postgres.ts'
import { accepted } from '../../contract/store-examples.ts'
import { makePostgresSchema } from '../../support/postgres-schema.ts'
import { recordingLogger } from '../../support/recording-logger.ts'
import type { LongOutcome } from '../frame/long-run.ts'
import type { Asked, Told } from './messages.ts'

/** How many replicas race, in how many processes. */
const replicas = 20
const processes = 4

/**
 * Replicas reach for one item of work, again and again. In each round one gets it; then its lease runs out, one gets it after it,
 * and of all who ever had it only the last may still change anything.
 */
export async function raceForWork(server: string, rounds: number, say: (line: string) => void): Promise<LongOutcome> {
  const { schema, drop } = await makePostgresSchema(server)
  const { store, clock } = await openPostgresStore({
    url: schema.url,
    ids: { next: randomUUID },
    logger: recordingLogger(),
  })
  const racers = Array.from({ length: processes }, () => fork(fileURLToPath(new URL('racer.ts', import.meta.url))))
  const violations: string[] = []
  let [claims, late] = [0, 0]
  try {
    await all(racers, { open: replicas / processes, url: schema.url })
    const begun = performance.now()
    for (let round = 1; round <= rounds; round++) {
      const job = (await accepted(store, String(round))).value.id
      await store.wake([{ kind: 'job', key: job, dueAt: clock.now() }])
      const leases: string[] = []
      for (const turn of ['first', 'second'] as const) {
        const got = (await all(racers, { claim: true })).flatMap((told) => told.leases ?? [])
        claims += replicas
        if (got.length !== 1) violations.push(`round ${round}: ${got.length} got the item at its ${turn} turn`)
        leases.push(...got)
        if (turn === 'first') await schema.query('UPDATE work SET lease_until = 0')
      }
      const written = (await all(racers, { write: job })).flatMap((told) => told.written ?? [])
      const last = leases.at(-1)
      for (const [lease, outcome] of written) {
        if (lease !== last) late += 1
        if (outcome !== (lease === last ? 'done' : 'stale'))
          violations.push(`round ${round}: a change under the ${lease === last ? 'last' : 'lost'} lease was ${outcome}`)
      }
      await schema.query('DELETE FROM work')
      if (round % 100 === 0) say(`${round} rounds`)
    }
    const seconds = (performance.now() - begun) / 1000
    return {
      figures: { replicas, rounds, claims, 'changes under a lost lease': late, seconds: Math.round(seconds) },
      violations,
    }
  } finally {
    for (const racer of racers) racer.disconnect()
    await Promise.all(racers.filter(({ exitCode }) => exitCode === null).map((racer) => once(racer, 'exit')))
    await store.close()
    await drop()
  }
}

/** Asks every process the same at once, and waits for all. */
function all(racers: readonly ChildProcess[], asked: Asked): Promise<readonly Told[]> {
  return Promise.all(
    racers.map(async (racer) => {
      const answered = once(racer, 'message')
      racer.send(asked)
      const [told]: Told[] = await answered
      if (told === undefined || told.failed !== undefined) throw new Error(`a racer failed: ${told?.failed}`)
      return told
    }),
  )
}
