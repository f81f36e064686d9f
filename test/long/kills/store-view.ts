import { z } from 'zod'

const jobSchema = z.looseObject({ id: z.string(), state: z.string(), attempt: z.number() })

/** A job as it stood at a look. */
interface SeenJob {
  readonly state: string
  readonly attempt: number
}

const order: Readonly<Record<string, number>> = {
  accepted: 0,
  queued: 1,
  starting: 2,
  running: 3,
  storing: 4,
  succeeded: 5,
  failed: 5,
  cancelled: 5,
}

/** Reads rows of a database, by SQL that SQLite and PostgreSQL both know. */
export type ReadRows = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>

/** Looks into the database of the service on trial, past the service. */
export class StoreView {
  readonly #read: ReadRows
  readonly #seen = new Map<string, SeenJob>()

  constructor(read: ReadRows) {
    this.#read = read
  }

  /** What went back, or vanished, since the last look. */
  async wentBack(): Promise<readonly string[]> {
    const wrong: string[] = []
    const now = new Map<string, SeenJob>()
    for (const row of await this.#read('SELECT body FROM jobs')) {
      const { id, state, attempt } = jobSchema.parse(JSON.parse(String(row['body'])))
      now.set(id, { state, attempt })
      const before = this.#seen.get(id)
      if (before === undefined) continue
      const back =
        attempt < before.attempt || (attempt === before.attempt && (order[state] ?? 0) < (order[before.state] ?? 0))
      const changedEnd = order[before.state] === 5 && state !== before.state
      if (back || changedEnd)
        wrong.push(`the job ${id} was ${before.state} of ${before.attempt} and is ${state} of ${attempt}`)
    }
    for (const id of this.#seen.keys()) if (!now.has(id)) wrong.push(`the job ${id} is lost`)
    for (const [id, job] of now) this.#seen.set(id, job)
    return wrong
  }

  /** Processes with more than one transfer. */
  async doubled(): Promise<readonly string[]> {
    const rows = await this.#read(
      'SELECT process_id, count(*) AS many FROM transfers GROUP BY process_id HAVING count(*) > 1',
    )
    return rows.map((row) => `the process ${String(row['process_id'])} has ${String(row['many'])} transfers`)
  }

  /** What is left to do within the hour, in words; empty where nothing is. */
  async open(): Promise<string> {
    const soon = Date.now() + 3_600_000
    const rows = await this.#read(
      `SELECT kind, key, due_at, failures, lease IS NOT NULL AS leased FROM work WHERE due_at < ${soon} LIMIT 20`,
    )
    return rows.map((row) => Object.values(row).join(' ')).join(', ')
  }

  /** How many jobs there are. */
  async jobs(): Promise<number> {
    return Number((await this.#read('SELECT count(*) AS many FROM jobs'))[0]?.['many'] ?? 0)
  }

  /** The id of the installation. */
  async installation(): Promise<string> {
    const id = (await this.#read('SELECT id FROM installation'))[0]?.['id']
    return typeof id === 'string' ? id : ''
  }
}
