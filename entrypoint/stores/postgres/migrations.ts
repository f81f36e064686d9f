import type { Connection, Database } from './database.ts'
import { lockName } from './lock-name.ts'
import { newerSchema } from './newer-schema.ts'

/**
 * The schema, step by step. A step that was released never changes; a new one is added below. The number of steps that a
 * database has seen stands in its table `schema_version`. A step only adds: for a moment, replicas of the release before still
 * finish what they are at.
 */
const steps: readonly string[] = [
  `
  CREATE TABLE assets (
    sequence BIGINT GENERATED ALWAYS AS IDENTITY,
    id TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    document TEXT NOT NULL,
    dotenv TEXT,
    bundled TEXT NOT NULL,
    bundle_id TEXT NOT NULL,
    registered_at BIGINT NOT NULL,
    enabled INTEGER NOT NULL DEFAULT 1,
    removed_at BIGINT,
    PRIMARY KEY (id, version)
  );

  CREATE TABLE directory_assets (
    id TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    withdrawn INTEGER NOT NULL,
    PRIMARY KEY (id, version)
  );

  CREATE TABLE transfers (
    id TEXT COLLATE "C" PRIMARY KEY,
    connector_id TEXT NOT NULL,
    process_id TEXT NOT NULL,
    definition_id TEXT NOT NULL,
    body TEXT NOT NULL,
    revision BIGINT NOT NULL,
    UNIQUE (connector_id, process_id, definition_id)
  );

  CREATE TABLE jobs (
    sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    asset_id TEXT COLLATE "C" NOT NULL,
    asset_version TEXT COLLATE "C",
    agreement_id TEXT COLLATE "C",
    consumer_id TEXT COLLATE "C",
    state TEXT NOT NULL,
    holds_slot INTEGER NOT NULL,
    waits INTEGER NOT NULL,
    turn BIGINT,
    body TEXT NOT NULL,
    revision BIGINT NOT NULL
  );
  CREATE INDEX jobs_slots ON jobs (asset_id) WHERE holds_slot = 1;
  CREATE INDEX jobs_asset_state ON jobs (asset_id, state);
  CREATE INDEX jobs_agreement ON jobs (agreement_id, asset_id);
  CREATE INDEX jobs_waiting ON jobs (asset_id, consumer_id, sequence) WHERE waits = 1;
  CREATE INDEX jobs_queued ON jobs (consumer_id) WHERE state = 'queued';
  CREATE INDEX jobs_consumer_slots ON jobs (consumer_id) WHERE holds_slot = 1;
  CREATE INDEX jobs_consumer_turns ON jobs (consumer_id, turn) WHERE turn IS NOT NULL;
  CREATE INDEX jobs_turns ON jobs (turn) WHERE turn IS NOT NULL;

  CREATE TABLE results (
    job_id TEXT COLLATE "C" PRIMARY KEY,
    transfer_id TEXT,
    attempt INTEGER NOT NULL,
    manifest TEXT NOT NULL,
    registered_at BIGINT NOT NULL,
    expires_at BIGINT,
    removed_at BIGINT
  );

  CREATE TABLE callbacks (
    id TEXT COLLATE "C" PRIMARY KEY,
    transfer_id TEXT NOT NULL,
    connector_id TEXT NOT NULL,
    message TEXT NOT NULL,
    created_at BIGINT NOT NULL
  );

  CREATE TABLE installation (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL);

  CREATE TABLE api_keys (
    id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT
  );

  CREATE TABLE audit (
    sequence BIGINT PRIMARY KEY,
    body TEXT NOT NULL,
    hash TEXT NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    action TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    object_kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    job_id TEXT
  );
  CREATE INDEX audit_object ON audit (object_id);
  CREATE INDEX audit_job ON audit (job_id);
  CREATE INDEX audit_at ON audit (at);
  CREATE TABLE audit_pending (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    drafts TEXT NOT NULL
  ) WITH (autovacuum_vacuum_scale_factor = 0.02);
  CREATE TABLE audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    sequence BIGINT NOT NULL,
    hash TEXT NOT NULL,
    pruned_sequence BIGINT NOT NULL,
    pruned_hash TEXT NOT NULL
  );
  INSERT INTO audit_head VALUES (1, 0, repeat('0', 64), 0, repeat('0', 64));
  CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
  END $$;
  CREATE FUNCTION audit_keep() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF OLD.sequence > (SELECT pruned_sequence FROM audit_head) THEN
      RAISE EXCEPTION 'the audit log is append-only';
    END IF;
    RETURN OLD;
  END $$;
  CREATE FUNCTION audit_order() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.sequence <> (SELECT sequence + 1 FROM audit_head) THEN
      RAISE EXCEPTION 'the audit log is written in order';
    END IF;
    RETURN NEW;
  END $$;
  CREATE FUNCTION audit_forward() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.sequence < OLD.sequence OR NEW.pruned_sequence < OLD.pruned_sequence THEN
      RAISE EXCEPTION 'the audit log is append-only';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse();
  CREATE TRIGGER audit_kept BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_keep();
  CREATE TRIGGER audit_in_order BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_order();
  CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON audit EXECUTE FUNCTION audit_refuse();
  CREATE TRIGGER audit_head_kept BEFORE DELETE OR TRUNCATE ON audit_head EXECUTE FUNCTION audit_refuse();
  CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_forward();

  CREATE TABLE usage (
    job_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    at BIGINT NOT NULL,
    asset_id TEXT COLLATE "C" NOT NULL,
    asset_version TEXT,
    agreement_id TEXT COLLATE "C",
    consumer_id TEXT COLLATE "C",
    connector_id TEXT,
    outcome TEXT,
    cause TEXT,
    started_at BIGINT,
    worker_started_at BIGINT,
    worker_ended_at BIGINT,
    estimated INTEGER NOT NULL DEFAULT 0,
    cpu_seconds DOUBLE PRECISION NOT NULL DEFAULT 0,
    memory_gib_seconds DOUBLE PRECISION NOT NULL DEFAULT 0,
    gpu_seconds DOUBLE PRECISION NOT NULL DEFAULT 0,
    fetched_bytes BIGINT NOT NULL DEFAULT 0,
    stored_bytes BIGINT NOT NULL DEFAULT 0,
    delivered_bytes BIGINT NOT NULL DEFAULT 0,
    deliveries BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (job_id, kind, number)
  );
  CREATE INDEX usage_at ON usage (at, job_id, kind, number);
  CREATE INDEX usage_agreement ON usage (agreement_id, at);
  CREATE INDEX usage_asset ON usage (asset_id, asset_version);
  CREATE TABLE forgotten_jobs (
    agreement_id TEXT NOT NULL,
    asset_id TEXT NOT NULL,
    jobs BIGINT NOT NULL,
    PRIMARY KEY (agreement_id, asset_id)
  );

  CREATE SEQUENCE work_terms;
  CREATE TABLE work (
    kind TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    due_at BIGINT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    lease BIGINT,
    lease_until BIGINT,
    woken INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, key)
  ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
  CREATE INDEX work_due ON work (due_at);
  CREATE INDEX work_leased ON work (lease_until) WHERE lease IS NOT NULL;
  `,
  `
  CREATE TABLE receptions (
    sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    connector_id TEXT NOT NULL,
    process_id TEXT NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL,
    revision BIGINT NOT NULL,
    UNIQUE (connector_id, process_id)
  );
  CREATE INDEX receptions_state ON receptions (state, sequence);
  `,
  // Entries of the audit log are put in their places many at a time, so each is held to the one before it, and not to the head.
  `
  CREATE OR REPLACE FUNCTION audit_order() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.sequence <> coalesce((SELECT max(sequence) FROM audit), (SELECT pruned_sequence FROM audit_head)) + 1 THEN
      RAISE EXCEPTION 'the audit log is written in order';
    END IF;
    RETURN NEW;
  END $$;
  `,
  // What waits for its place in the audit log leaves only in a transaction that makes the chain longer: looked at when that ends, because
  // the release before removes first and appends then. What cannot be read is put aside.
  `
  CREATE FUNCTION audit_pending_keep() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF (SELECT xmin FROM audit ORDER BY sequence DESC LIMIT 1) IS DISTINCT FROM pg_current_xact_id()::xid THEN
      RAISE EXCEPTION 'the audit log is append-only';
    END IF;
    RETURN NULL;
  END $$;
  CREATE CONSTRAINT TRIGGER audit_pending_kept AFTER DELETE ON audit_pending DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION audit_pending_keep();
  CREATE TRIGGER audit_pending_unchanged BEFORE UPDATE OR TRUNCATE ON audit_pending EXECUTE FUNCTION audit_refuse();
  CREATE TABLE audit_unreadable (id BIGINT PRIMARY KEY, at BIGINT NOT NULL, drafts TEXT NOT NULL);
  CREATE TRIGGER audit_unreadable_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_unreadable EXECUTE FUNCTION audit_refuse();
  `,
]

/** The schema version that this release works with. */
export const schemaVersion = steps.length

/** How long a step may take, or the steps of another replica that is at it. Milliseconds. */
const stepMs = 3_600_000

/**
 * Brings a database to the newest schema, each step in one transaction. Of many replicas that start at once one does, and the others wait.
 * @throws where the database was written by a newer release: going back would lose what that release added
 */
export async function migrate(database: Database): Promise<void> {
  while (await database.transaction(migrateOnce)) continue
}

/** Takes one step. @returns whether another may follow */
async function migrateOnce(connection: Connection): Promise<boolean> {
  // A step over a large table takes its time, and others wait for it.
  await connection.run({ text: 'SET LOCAL statement_timeout = 0' })
  await connection.run({ text: 'SET LOCAL lock_timeout = 0' })
  await lockName(connection, 'migration', stepMs)
  const seen = await versionOf(connection)
  if (seen > schemaVersion) throw newerSchema(seen, schemaVersion)
  const step = steps[seen]
  if (step === undefined) return false
  await connection.run({ text: step, answerMs: stepMs })
  await connection.run({ text: 'UPDATE schema_version SET version = $1' }, [seen + 1])
  return true
}

/** The version that the database has; the table that says so is made where there is none. */
async function versionOf(connection: Connection): Promise<number> {
  const { rows } = await connection.run({ text: `SELECT to_regclass('schema_version') IS NULL AS missing` })
  if (rows[0]?.['missing']) {
    await connection.run({
      text: 'CREATE TABLE schema_version (only_one INTEGER PRIMARY KEY DEFAULT 1 CHECK (only_one = 1), version INTEGER NOT NULL, probed_at BIGINT NOT NULL DEFAULT 0)',
    })
    await connection.run({ text: 'INSERT INTO schema_version (version) VALUES (0)' })
  }
  const found = await connection.run({ text: 'SELECT version FROM schema_version' })
  return Number(found.rows[0]?.['version'])
}
