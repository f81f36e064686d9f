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
  // Whose database this is: its objects on a cluster say so.
  `
  CREATE TABLE installation (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL) STRICT;
  `,
  // Who waits for a slot, and whose last turn is longest ago.
  `
  ALTER TABLE jobs ADD COLUMN consumer_id TEXT;
  ALTER TABLE jobs ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE jobs ADD COLUMN turn INTEGER;
  UPDATE jobs SET
    consumer_id = CASE WHEN json_valid(body) THEN json_extract(body, '$.terms.consumerId') END,
    waits = (state = 'queued' AND holds_slot = 0);
  CREATE INDEX jobs_waiting ON jobs (asset_id, consumer_id, sequence) WHERE waits = 1;
  CREATE INDEX jobs_queued ON jobs (consumer_id, id) WHERE state = 'queued';
  CREATE INDEX jobs_consumer_slots ON jobs (consumer_id) WHERE holds_slot = 1;
  CREATE INDEX jobs_consumer_turns ON jobs (consumer_id, turn) WHERE turn IS NOT NULL;
  CREATE INDEX jobs_turns ON jobs (turn) WHERE turn IS NOT NULL;
  `,
  // The audit log, usage, and what became of agreements' allowances when jobs are forgotten. Every job that is over is looked at for what of it is to go.
  `
  CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    hash TEXT NOT NULL,
    at TEXT GENERATED ALWAYS AS (json_extract(body, '$.at')) VIRTUAL,
    action TEXT GENERATED ALWAYS AS (json_extract(body, '$.action')) VIRTUAL,
    actor_kind TEXT GENERATED ALWAYS AS (json_extract(body, '$.actor.kind')) VIRTUAL,
    actor_id TEXT GENERATED ALWAYS AS (json_extract(body, '$.actor.id')) VIRTUAL,
    object_kind TEXT GENERATED ALWAYS AS (json_extract(body, '$.object.kind')) VIRTUAL,
    object_id TEXT GENERATED ALWAYS AS (json_extract(body, '$.object.id')) VIRTUAL,
    job_id TEXT GENERATED ALWAYS AS (json_extract(body, '$.jobId')) VIRTUAL
  ) STRICT;
  CREATE INDEX audit_object ON audit (object_id);
  CREATE INDEX audit_job ON audit (job_id);
  CREATE INDEX audit_at ON audit (at);
  CREATE TABLE audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL,
    pruned_sequence INTEGER NOT NULL,
    pruned_hash TEXT NOT NULL
  ) STRICT;
  INSERT INTO audit_head VALUES (1, 0, printf('%064d', 0), 0, printf('%064d', 0));
  CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
  END;
  CREATE TRIGGER audit_kept BEFORE DELETE ON audit WHEN OLD.sequence > (SELECT pruned_sequence FROM audit_head) BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
  END;
  CREATE TRIGGER audit_in_order BEFORE INSERT ON audit WHEN NEW.sequence <> (SELECT sequence + 1 FROM audit_head) BEGIN
    SELECT RAISE(ABORT, 'the audit log is written in order');
  END;
  CREATE TRIGGER audit_head_kept BEFORE DELETE ON audit_head BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
  END;
  CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head
    WHEN NEW.sequence < OLD.sequence OR NEW.pruned_sequence < OLD.pruned_sequence BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
  END;
  CREATE TABLE usage (
    job_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    asset_id TEXT NOT NULL,
    asset_version TEXT,
    agreement_id TEXT,
    consumer_id TEXT,
    connector_id TEXT,
    outcome TEXT,
    cause TEXT,
    started_at INTEGER,
    worker_started_at INTEGER,
    worker_ended_at INTEGER,
    estimated INTEGER NOT NULL DEFAULT 0,
    cpu_seconds REAL NOT NULL DEFAULT 0,
    memory_gib_seconds REAL NOT NULL DEFAULT 0,
    gpu_seconds REAL NOT NULL DEFAULT 0,
    fetched_bytes INTEGER NOT NULL DEFAULT 0,
    stored_bytes INTEGER NOT NULL DEFAULT 0,
    delivered_bytes INTEGER NOT NULL DEFAULT 0,
    deliveries INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (job_id, kind, number)
  ) STRICT;
  CREATE INDEX usage_at ON usage (at, job_id, kind, number);
  CREATE INDEX usage_agreement ON usage (agreement_id, at);
  CREATE TABLE forgotten_jobs (
    agreement_id TEXT NOT NULL,
    asset_id TEXT NOT NULL,
    jobs INTEGER NOT NULL,
    PRIMARY KEY (agreement_id, asset_id)
  ) STRICT;
  INSERT OR IGNORE INTO work (kind, key, due_at)
    SELECT 'expire', id, 0 FROM jobs WHERE state IN ('succeeded', 'failed', 'cancelled');
  `,
  // Keys of the admin API, by their hashes.
  `
  CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at INTEGER
  ) STRICT;
  `,
  // What consumers' flows receive.
  `
  CREATE TABLE receptions (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    connector_id TEXT NOT NULL,
    process_id TEXT NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (connector_id, process_id)
  ) STRICT;
  CREATE INDEX receptions_state ON receptions (state, sequence);
  `,
]

/** The version of the schema that this release writes. */
export const newestSchema = steps.length

/**
 * Brings a database to the newest schema, each step in one transaction.
 * @param upTo a schema of before, for tests that want an old database
 * @throws where the database was written by a newer release: going back would lose what that release added
 */
export function migrate(database: DatabaseSync, upTo = steps.length): void {
  const seen = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
  if (seen > steps.length) {
    throw new Error(
      `The database has schema version ${seen}, this release knows ${steps.length}. Start a newer release, or restore a backup made by this one.`,
    )
  }
  for (const [index, step] of steps.slice(0, upTo).entries()) {
    if (index < seen) continue
    database.exec(`BEGIN IMMEDIATE;${step};PRAGMA user_version = ${index + 1};COMMIT`)
  }
}
