import { DatabaseSync } from 'node:sqlite'

/** @throws Error where a SQLite database of the service does not hold exactly so many jobs */
export function assertKept(database: string, expected: number): void {
  const opened = new DatabaseSync(database)
  try {
    const kept = Number(opened.prepare('SELECT count(*) AS kept FROM jobs').get()?.['kept'])
    if (kept !== expected) throw new Error(`the database holds ${kept} jobs, and ${expected} were answered for`)
  } finally {
    opened.close()
  }
}
