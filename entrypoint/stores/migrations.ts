import type { DatabaseSync } from 'node:sqlite'

/**
 * The schema, step by step. A step that was released never changes; a new one is added below. The number of steps that a
 * database has seen stands in its `user_version`.
 */
const steps: readonly string[] = [
  `
  CREATE TABLE assets (
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    document TEXT NOT NULL,
    dotenv TEXT,
    bundled TEXT NOT NULL,
    bundle_id TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    enabled INTEGER NOT NULL DEFAULT 1,
    removed_at INTEGER,
    PRIMARY KEY (id, version)
  ) STRICT;

  CREATE TABLE transfers (
    id TEXT PRIMARY KEY,
    connector_id TEXT NOT NULL,
    process_id TEXT NOT NULL,
    definition_id TEXT NOT NULL,
    body TEXT NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (connector_id, process_id, definition_id)
  ) STRICT;

  CREATE TABLE jobs (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    asset_id TEXT NOT NULL,
    asset_version TEXT,
    agreement_id TEXT,
    state TEXT NOT NULL,
    holds_slot INTEGER NOT NULL,
    body TEXT NOT NULL,
    revision INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX jobs_slots ON jobs (asset_id) WHERE holds_slot = 1;
  CREATE INDEX jobs_asset_state ON jobs (asset_id, state);
  CREATE INDEX jobs_agreement ON jobs (agreement_id, asset_id);

  CREATE TABLE results (
    job_id TEXT PRIMARY KEY,
    transfer_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    manifest TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    expires_at INTEGER,
    removed_at INTEGER
  ) STRICT;

  CREATE TABLE callbacks (
    id TEXT PRIMARY KEY,
    transfer_id TEXT NOT NULL,
    connector_id TEXT NOT NULL,
    message TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE work (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    lease TEXT,
    lease_until INTEGER,
    woken INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, key)
  ) STRICT;
  CREATE INDEX work_due ON work (due_at);
  `,
  // A job that an operator has run again has no transfer.
  `
  CREATE TABLE results_2 (
    job_id TEXT PRIMARY KEY,
    transfer_id TEXT,
    attempt INTEGER NOT NULL,
    manifest TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    expires_at INTEGER,
    removed_at INTEGER
  ) STRICT;
  INSERT INTO results_2 SELECT job_id, transfer_id, attempt, manifest, registered_at, expires_at, removed_at FROM results;
  DROP TABLE results;
  ALTER TABLE results_2 RENAME TO results;
  `,
  // Which asset versions the assets' folder gave.
  `
  CREATE TABLE IF NOT EXISTS directory_assets (
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    withdrawn INTEGER NOT NULL,
    PRIMARY KEY (id, version)
  ) STRICT;
  `,
]

/**
 * Brings a database to the newest schema, each step in one transaction.
 * @throws where the database was written by a newer release: going back would lose what that release added
 */
export function migrate(database: DatabaseSync): void {
  const seen = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
  if (seen > steps.length) {
    throw new Error(
      `The database has schema version ${seen}, this release knows ${steps.length}. Start a newer release, or restore a backup made by this one.`,
    )
  }
  for (const [index, step] of steps.entries()) {
    if (index < seen) continue
    database.exec(`BEGIN IMMEDIATE;${step};PRAGMA user_version = ${index + 1};COMMIT`)
  }
}
