import type { DatabaseSync } from 'node:sqlite'
import type { CommitOutcome } from '../../core/ports/store.ts'

/** Runs a function in one immediate transaction: all of its writes, or none where it throws. */
export function inTransaction<T>(database: DatabaseSync, run: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const value = run()
    database.exec('COMMIT')
    return value
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** Thrown to leave a transaction without a trace, with what the caller is to be told. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned'
  readonly outcome: Exclude<CommitOutcome, 'done'>

  constructor(outcome: Abandoned['outcome']) {
    super('the transaction was abandoned')
    this.outcome = outcome
  }
}
