import type { StoredTable } from '../../core/ports/stored-rows.ts'

/** What the key of a table's rows is made of, in SQL of both databases. */
export const rowKeys: Readonly<Record<StoredTable, string>> = {
  jobs: 'id',
  transfers: 'id',
  results: 'job_id',
  callbacks: 'id',
  work: "kind || ' ' || key",
  assets: "id || ' ' || version",
  receptions: 'id',
}
