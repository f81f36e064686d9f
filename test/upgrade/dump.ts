import { DatabaseSync } from 'node:sqlite'

/**
 * The whole of a SQLite database as SQL text, with the version of its schema; small databases only.
 * @param path of the database
 */
export function dump(path: string): string {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
    const objects = database
      .prepare(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
      )
      .all()
    const tables = objects.filter(({ type }) => type === 'table').map(({ name }) => String(name))
    const later = objects.filter(({ type }) => type !== 'table').map(({ sql }) => `${String(sql)};`)
    const made = objects.filter(({ type }) => type === 'table').map(({ sql }) => `${String(sql)};`)
    const rows = [...tables, ...sequences(database)].flatMap((table) => insertsOf(database, table))
    return `${[...made, ...rows, ...later, `PRAGMA user_version = ${version};`].join('\n')}\n`
  } finally {
    database.close()
  }
}

/** Where AUTOINCREMENT keeps how far it is. */
function sequences(database: DatabaseSync): readonly string[] {
  const found = database.prepare("SELECT name FROM sqlite_schema WHERE name = 'sqlite_sequence'").get()
  return found === undefined ? [] : ['sqlite_sequence']
}

function insertsOf(database: DatabaseSync, table: string): readonly string[] {
  const columns = database
    .prepare(`PRAGMA table_info(${table})`)
    .all()
    .map(({ name }) => String(name))
  const values = columns.map((name) => `quote("${name}")`).join(" || ', ' || ")
  return database
    .prepare(`SELECT ${values} AS row FROM ${table}`)
    .all()
    .map(({ row }) => `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${String(row)});`)
}
