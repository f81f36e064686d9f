import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'
import type { ExecutionContext } from 'ava'
import pg from 'pg'
import { type Fleet, startFleet } from '../long/races/fleet.ts'
import { eventually } from '../support/eventually.ts'
import { showLogEnd } from '../support/log-end.ts'
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres.ts'
import { testWithPostgres } from '../support/testbed.ts'

/** What takes the database away, and what brings it back. */
interface Trouble {
  readonly name: string
  away(postgres: OwnPostgres): Promise<void>
  back(postgres: OwnPostgres): Promise<void>
}

const troubles: readonly Trouble[] = [
  { name: 'stopped', away: (postgres) => postgres.stop(), back: (postgres) => postgres.start() },
  { name: 'paused', away: (postgres) => postgres.pause(), back: (postgres) => postgres.resume() },
  { name: 'killed', away: (postgres) => postgres.kill(), back: (postgres) => postgres.start() },
]

testWithPostgres(
  'the database stopped, paused and killed under load: 503, not ready, and nothing that was answered is lost',
  async (t) => {
    const postgres = await startOwnPostgres()
    t.teardown(() => postgres.close())
    const fleet = await startFleet(postgres.url, 2)
    t.teardown(() => fleet.close())
    t.teardown(() => postgres.resume())
    const load = startLoad(fleet)
    t.teardown(() => load.stop())
    try {
      await survives(t, postgres, fleet, load)
    } catch (error) {
      for (const service of fleet.services) await showLogEnd(t, service)
      throw error
    }
  },
)

async function survives(t: ExecutionContext, postgres: OwnPostgres, fleet: Fleet, load: Load): Promise<void> {
  for (const { name, away, back } of troubles) {
    await load.untilAccepted(100)
    await away(postgres)
    for (const service of fleet.services) {
      await eventually(`${name}: not ready`, async () => {
        const response = await fetch(`${service.adminUrl}/readyz`)
        const text = await response.text()
        return response.status === 503 && /database|no answer/.test(text)
          ? { done: true }
          : { pending: `${response.status} ${text}` }
      })
      t.is((await fetch(`${service.adminUrl}/livez`)).status, 200, 'it lives on')
      const asked = await fetch(`${service.adminUrl}/api/v1/jobs`)
      t.is(asked.status, 503)
      t.regex(await asked.text(), /store-unavailable/)
    }
    const refused = load.answers.get('503') ?? 0
    await eventually(`${name}: messages are answered 503`, () =>
      (load.answers.get('503') ?? 0) > refused ? { done: true } : { pending: `${refused} were` },
    )
    await back(postgres)
    for (const service of fleet.services) {
      await eventually(`${name}: ready again`, async () => {
        const response = await fetch(`${service.adminUrl}/readyz`)
        return response.status === 200 ? { done: true } : { pending: await response.text() }
      })
    }
  }
  await load.untilAccepted(100)
  await load.stop()
  t.deepEqual([...load.answers.keys()].toSorted(), ['200', '503'], 'no other answer')
  const kept = await processesIn(postgres.url)
  t.deepEqual(
    load.accepted.filter((id) => kept.get(id) !== 1),
    [],
    'each that was accepted is there, once',
  )
  t.true([...kept.values()].every((count) => count === 1))
}

interface Load {
  /** Processes whose message was answered 200. */
  readonly accepted: readonly string[]
  /** How often each status came; what else happened to a call stands by its words. */
  readonly answers: ReadonlyMap<string, number>
  untilAccepted(more: number): Promise<void>
  stop(): Promise<void>
}

/** Sends messages one after the other on a few lanes; one that was answered 503 is sent again until it is taken, as a connector does. */
function startLoad({ publicUrls, message }: Fleet): Load {
  const accepted: string[] = []
  const answers = new Map<string, number>()
  const stopped = new AbortController()
  const lane = async (index: number): Promise<void> => {
    for (let count = 0; !stopped.signal.aborted; count++) {
      const processId = randomUUID()
      for (let answer = ''; answer !== '200' && !stopped.signal.aborted; ) {
        answer = await send(
          `${publicUrls[(index + count) % publicUrls.length]}/connectors/provider/provision`,
          message(processId),
        )
        answers.set(answer, (answers.get(answer) ?? 0) + 1)
        if (answer === '200') accepted.push(processId)
        else await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }
  const lanes = Promise.all(Array.from({ length: 6 }, (_, index) => lane(index)))
  return {
    accepted,
    answers,
    async untilAccepted(more) {
      const enough = accepted.length + more
      await eventually(`${more} messages to be accepted`, () =>
        accepted.length >= enough ? { done: true } : { pending: `${accepted.length} of ${enough}` },
      )
    },
    async stop() {
      stopped.abort()
      await lanes
    },
  }
}

/** The status of the answer, or why there was none. */
async function send(url: string, message: unknown): Promise<string> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
    })
    await response.arrayBuffer()
    return String(response.status)
  } catch (error) {
    return inspect(error)
  }
}

/** How many transfers each process has. */
async function processesIn(url: string): Promise<ReadonlyMap<string, number>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ id: string; count: number }>(
    "SELECT process_id AS id, count(*)::integer AS count FROM jobs JOIN transfers ON jobs.body::json ->> 'id' = transfers.body::json ->> 'jobId' GROUP BY 1",
  )
  await client.end()
  return new Map(rows.map(({ id, count }) => [id, count]))
}
