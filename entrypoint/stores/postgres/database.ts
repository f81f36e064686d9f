import { nextTick } from 'node:process'
import pg from 'pg'
import type { Row } from '../rows.ts'
import { isAborted, isCollision, isOfStatement, unavailable } from './trouble.ts'

/** What goes into a statement. */
export type Value = string | number | boolean | null | readonly (string | null)[] | readonly number[]

/** A statement. One with a name is prepared once per connection. */
export interface Statement {
  readonly name?: string
  readonly text: string
  /** How long we wait for its answer, in milliseconds, where it may take longer than others. */
  readonly answerMs?: number
}

/** What a statement gave. */
export interface Answer {
  readonly rows: readonly Row[]
  /** How many rows it wrote, or read. */
  readonly count: number
}

/** Something that statements can be run on. */
export interface Connection {
  run(statement: Statement, values?: readonly Value[]): Promise<Answer>
}

/** Sends a statement that nothing in its transaction waits for. */
export type HandOn = (statement: Statement, values: readonly Value[]) => void

/** A PostgreSQL database: each statement by itself, or several in one transaction. */
export interface Database extends Connection {
  /**
   * Runs a function in one transaction: all of its writes, or none where it throws. One that collided with another transaction
   * is run again, so the function must not do anything but run statements. Statements may be on their way at the same time; they are
   * carried out in the order in which they were given, and the function returns when all of them are done, but for those that it
   * hands on: they leave together with the end of the transaction, and undo it where one of them fails.
   */
  transaction<T>(run: (connection: Connection, handOn: HandOn) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Most connections of one process. */
const mostConnections = 10
/** How long anybody waits for a connection, a new one or one that others have. Milliseconds. */
const connectMs = 5_000
/** How long a statement may take: the server ends it after the first, and we give the connection up after the second. Milliseconds. */
const statementMs = 15_000
const answerMs = 20_000
/** How long a statement waits for another's lock, and a transaction for its next statement, so that a process that hangs holds nobody up. Milliseconds. */
const lockMs = 10_000
const idleInTransactionMs = 10_000
/** How often a transaction that collided is run. */
const mostTries = 5

/** `bigint` comes as a number: ours are counts and milliseconds, which a number holds exactly. */
const types = new pg.TypeOverrides()
types.setTypeParser(pg.types.builtins.INT8, Number)

/**
 * Connects to a database, at the first statement. A connection that breaks is replaced at the next one.
 * @param url as DSC_DATABASE_URL has it
 * @param onBroken is told of connections that broke while nobody used them
 */
export function openDatabase(url: string, onBroken: (error: Error) => void): Database {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'dataspace-compute',
    max: mostConnections,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    query_timeout: answerMs,
    lock_timeout: lockMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    keepAlive: true,
    // What does not depend on an answer is sent without waiting for it: most of a transaction's way to the database and back.
    pipeline: true,
    types,
  })
  pool.on('error', onBroken)
  // From its first moment: without a listener, a connection that breaks while the pool hands it over would end the process.
  pool.on('connect', (client) => client.on('error', ignore))
  let closed: Promise<void> | undefined

  /** Lends a connection. It goes back only in good order: one of which nobody knows what it is at is closed. */
  const lend = async <T>(use: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect()
    try {
      const value = await use(client)
      giveBack(client, true)
      return value
    } catch (error) {
      giveBack(client, isOfStatement(error))
      throw error
    }
  }

  return {
    async run(statement, values) {
      return known(() => lend((client) => on(client).run(statement, values)))
    },
    async transaction(run) {
      return known(async () => {
        for (let tries = 1; ; tries += 1) {
          try {
            return await lend((client) => inTransaction(client, run))
          } catch (error) {
            if (!isCollision(error) || tries >= mostTries) throw error
          }
        }
      })
    },
    async close() {
      closed ??= pool.end()
      await closed
    },
  }
}

/** A transaction whose end failed is still open: what others do on its connection would be refused, or be part of it. */
function giveBack(client: pg.PoolClient, inOrder: boolean): void {
  client.release(inOrder && client.getTransactionStatus() === 'I' ? undefined : true)
}

/** Of a connection that breaks, its statements and the pool tell. */
function ignore(): void {}

function on(client: pg.PoolClient): Connection {
  return {
    async run({ name, text, answerMs: longer }, values = []) {
      gather(client)
      const { rows, rowCount } = await client.query<Row>({
        text,
        values: [...values],
        ...(name === undefined ? {} : { name }),
        ...(longer === undefined ? {} : { query_timeout: longer }),
      })
      return { rows, count: rowCount ?? 0 }
    },
  }
}

/** Has statements that are sent in the same moment leave in one piece: each by itself would wake the server, which costs more than most of them. */
function gather({ connection: { stream } }: pg.PoolClient): void {
  if (stream.writableCorked > 0) return
  stream.cork()
  nextTick(() => stream.uncork())
}

async function inTransaction<T>(
  client: pg.PoolClient,
  run: (connection: Connection, handOn: HandOn) => Promise<T>,
): Promise<T> {
  let first: unknown
  const connection: Connection = {
    async run(statement, values) {
      try {
        return await on(client).run(statement, values)
      } catch (error) {
        first ??= error
        throw error
      }
    },
  }
  const handedOn: Promise<unknown>[] = []
  const handOn: HandOn = (statement, values) => {
    const sent = connection.run(statement, values)
    sent.catch(ignore) // looked at below
    handedOn.push(sent)
  }
  try {
    // Waited for, at a few hundredths of the throughput: behind one that failed, each statement would take effect by itself.
    await client.query('BEGIN')
    let value: T
    try {
      value = await run(connection, handOn)
    } catch (error) {
      await client.query('ROLLBACK').catch((broken: unknown) => {
        // That a connection that broke takes no more statements tells nobody why it broke.
        throw isOfStatement(error) ? broken : error
      })
      throw error
    }
    const committed = client.query('COMMIT')
    const done = await Promise.allSettled(handedOn)
    const { command } = await committed // also where one of them failed: the connection is of use only when everything on it is answered
    for (const one of done) if (one.status === 'rejected') throw one.reason
    // A transaction in which a statement failed is answered, too: with ROLLBACK.
    if (command !== 'COMMIT') throw new Error(`the transaction was not committed: ${command}`)
    return value
  } catch (error) {
    // Whatever comes behind a statement that failed is refused for that reason alone; which of them is heard of first is chance.
    throw isAborted(error) ? first : error
  }
}

/** Has trouble of the database, which passes, told apart from faults of ours. */
async function known<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw unavailable(error) ?? error
  }
}
