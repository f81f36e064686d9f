/** The tables whose rows can be read as they lie in the store. */
export const storedTables = ['jobs', 'transfers', 'results', 'callbacks', 'work', 'assets', 'receptions'] as const
/** One of them. */
export type StoredTable = (typeof storedTables)[number]

/** A row as it lies in the store. Nothing of it was interpreted: whoever reads it checks it. */
export interface StoredRow {
  /** By this the rows of a table are in order, byte by byte; unique in its table. */
  readonly key: string
  /** By name, as in SQLite's schema: JSON as text, truth as 0 and 1, times in milliseconds since 1970. */
  readonly columns: Readonly<Record<string, string | number | null>>
}

/** What the store tells of itself, past all that the engine makes of it. */
export interface StoredRows {
  /** The id of this installation, made with its database: the same for every process that works on it. A UUID. */
  installation(): Promise<string>
  /** Rows of a table in order of their keys, at most `limit`, from behind `after`. */
  rows(table: StoredTable, page: { readonly after?: string; readonly limit: number }): Promise<readonly StoredRow[]>
}
