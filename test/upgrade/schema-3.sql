-- A database of release 0.1.0, schema 3: jobs in every state. Made by make-fixture.ts of that release.
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
CREATE TABLE "results" (
    job_id TEXT PRIMARY KEY,
    transfer_id TEXT,
    attempt INTEGER NOT NULL,
    manifest TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    expires_at INTEGER,
    removed_at INTEGER
  ) STRICT;
CREATE TABLE directory_assets (
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    withdrawn INTEGER NOT NULL,
    PRIMARY KEY (id, version)
  ) STRICT;
INSERT INTO assets (id, version, document, dotenv, bundled, bundle_id, registered_at, enabled, removed_at) VALUES ('sum', '1.0.0', '{"apiVersion":"dataspace-compute/v1","kind":"ComputeAsset","metadata":{"id":"sum","version":"1.0.0","title":"Sum"},"worker":{"image":"registry.example/sum@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},"outputs":[{"name":"sum.txt"}],"limits":{"concurrentJobs":5,"jobsPerAgreement":100,"retries":1},"retention":"7d","parameters":{},"onFailure":"terminate"}', NULL, '{}', '00000000-0000-4000-8000-000000000001', 1893456000000, 1, NULL);
INSERT INTO transfers (id, connector_id, process_id, definition_id, body, revision) VALUES ('00000000-0000-4000-8000-000000000002', 'provider', 'granted', 'definition-of-granted', '{"id":"00000000-0000-4000-8000-000000000002","connectorId":"provider","processId":"granted","definitionId":"definition-of-granted","assetId":"sum","jobId":"00000000-0000-4000-8000-000000000003","state":"granted","generation":1,"createdAt":1893456000000,"since":1893456003300}', 3);
INSERT INTO transfers (id, connector_id, process_id, definition_id, body, revision) VALUES ('00000000-0000-4000-8000-00000000001a', 'provider', 'suspended', 'definition-of-suspended', '{"id":"00000000-0000-4000-8000-00000000001a","connectorId":"provider","processId":"suspended","definitionId":"definition-of-suspended","assetId":"sum","jobId":"00000000-0000-4000-8000-00000000001b","state":"suspended","generation":1,"createdAt":1893456008300,"since":1893456016600,"from":"granted"}', 4);
INSERT INTO transfers (id, connector_id, process_id, definition_id, body, revision) VALUES ('00000000-0000-4000-8000-000000000035', 'provider', 'completed', 'definition-of-completed', '{"id":"00000000-0000-4000-8000-000000000035","connectorId":"provider","processId":"completed","definitionId":"definition-of-completed","assetId":"sum","jobId":"00000000-0000-4000-8000-000000000036","state":"ended","generation":1,"createdAt":1893456021600,"since":1893456029900,"outcome":"completed","reason":"the transfer process is COMPLETED"}', 4);
INSERT INTO transfers (id, connector_id, process_id, definition_id, body, revision) VALUES ('00000000-0000-4000-8000-000000000050', 'provider', 'failed', 'definition-of-failed', '{"id":"00000000-0000-4000-8000-000000000050","connectorId":"provider","processId":"failed","definitionId":"definition-of-failed","assetId":"sum","jobId":"00000000-0000-4000-8000-000000000051","state":"ended","generation":1,"createdAt":1893456034900,"since":1893456041900,"outcome":"failed","reason":"exit-code: The worker ended with 3."}', 2);
INSERT INTO transfers (id, connector_id, process_id, definition_id, body, revision) VALUES ('00000000-0000-4000-8000-000000000074', 'provider', 'cancelled', 'definition-of-cancelled', '{"id":"00000000-0000-4000-8000-000000000074","connectorId":"provider","processId":"cancelled","definitionId":"definition-of-cancelled","assetId":"sum","jobId":"00000000-0000-4000-8000-000000000075","state":"ended","generation":1,"createdAt":1893456051900,"since":1893456052900,"outcome":"terminated","reason":"the transfer process is TERMINATED"}', 2);
INSERT INTO transfers (id, connector_id, process_id, definition_id, body, revision) VALUES ('00000000-0000-4000-8000-000000000086', 'provider', 'running', 'definition-of-running', '{"id":"00000000-0000-4000-8000-000000000086","connectorId":"provider","processId":"running","definitionId":"definition-of-running","assetId":"sum","jobId":"00000000-0000-4000-8000-000000000087","state":"requested","generation":1,"createdAt":1893456062900,"since":1893456062900}', 1);
INSERT INTO transfers (id, connector_id, process_id, definition_id, body, revision) VALUES ('00000000-0000-4000-8000-00000000008e', 'provider', 'storing', 'definition-of-storing', '{"id":"00000000-0000-4000-8000-00000000008e","connectorId":"provider","processId":"storing","definitionId":"definition-of-storing","assetId":"sum","jobId":"00000000-0000-4000-8000-00000000008f","state":"requested","generation":1,"createdAt":1893456063900,"since":1893456063900}', 1);
INSERT INTO transfers (id, connector_id, process_id, definition_id, body, revision) VALUES ('00000000-0000-4000-8000-000000000098', 'provider', 'undelivered', 'definition-of-undelivered', '{"id":"00000000-0000-4000-8000-000000000098","connectorId":"provider","processId":"undelivered","definitionId":"definition-of-undelivered","assetId":"sum","jobId":"00000000-0000-4000-8000-000000000099","state":"granting","generation":1,"createdAt":1893456064900,"since":1893456071900}', 2);
INSERT INTO transfers (id, connector_id, process_id, definition_id, body, revision) VALUES ('00000000-0000-4000-8000-0000000000a4', 'provider', 'again', 'definition-of-again', '{"id":"00000000-0000-4000-8000-0000000000a4","connectorId":"provider","processId":"again","definitionId":"definition-of-again","assetId":"sum","jobId":"00000000-0000-4000-8000-0000000000a5","state":"ended","generation":1,"createdAt":1893456065900,"since":1893456072900,"outcome":"failed","reason":"exit-code: The worker ended with 3."}', 2);
INSERT INTO transfers (id, connector_id, process_id, definition_id, body, revision) VALUES ('00000000-0000-4000-8000-0000000000c0', 'provider', 'starting', 'definition-of-starting', '{"id":"00000000-0000-4000-8000-0000000000c0","connectorId":"provider","processId":"starting","definitionId":"definition-of-starting","assetId":"sum","jobId":"00000000-0000-4000-8000-0000000000c1","state":"requested","generation":1,"createdAt":1893456070900,"since":1893456070900}', 1);
INSERT INTO transfers (id, connector_id, process_id, definition_id, body, revision) VALUES ('00000000-0000-4000-8000-0000000000c9', 'provider', 'queued', 'definition-of-queued', '{"id":"00000000-0000-4000-8000-0000000000c9","connectorId":"provider","processId":"queued","definitionId":"definition-of-queued","assetId":"sum","jobId":"00000000-0000-4000-8000-0000000000ca","state":"requested","generation":1,"createdAt":1893456071900,"since":1893456071900}', 1);
INSERT INTO transfers (id, connector_id, process_id, definition_id, body, revision) VALUES ('00000000-0000-4000-8000-0000000000cc', 'provider', 'accepted', 'definition-of-accepted', '{"id":"00000000-0000-4000-8000-0000000000cc","connectorId":"provider","processId":"accepted","definitionId":"definition-of-accepted","assetId":"sum","jobId":"00000000-0000-4000-8000-0000000000cd","state":"requested","generation":1,"createdAt":1893456071900,"since":1893456071900}', 1);
INSERT INTO jobs (sequence, id, asset_id, asset_version, agreement_id, state, holds_slot, body, revision) VALUES (1, '00000000-0000-4000-8000-000000000003', 'sum', '1.0.0', 'agreement-of-granted', 'succeeded', 0, '{"id":"00000000-0000-4000-8000-000000000003","origin":{"kind":"transfer","transferId":"00000000-0000-4000-8000-000000000002","connectorId":"provider"},"assetId":"sum","state":"succeeded","attempt":1,"attempts":[{"number":1,"startedAt":1893456000000,"launched":true,"logsKept":true,"removed":true,"workerStartedAt":1893456001000}],"createdAt":1893456000000,"since":1893456001000,"terms":{"assetVersion":"1.0.0","agreementId":"agreement-of-granted","consumerId":"consumer","parameters":{}}}', 8);
INSERT INTO jobs (sequence, id, asset_id, asset_version, agreement_id, state, holds_slot, body, revision) VALUES (2, '00000000-0000-4000-8000-00000000001b', 'sum', '1.0.0', 'agreement-of-suspended', 'succeeded', 0, '{"id":"00000000-0000-4000-8000-00000000001b","origin":{"kind":"transfer","transferId":"00000000-0000-4000-8000-00000000001a","connectorId":"provider"},"assetId":"sum","state":"succeeded","attempt":1,"attempts":[{"number":1,"startedAt":1893456008300,"launched":true,"logsKept":true,"removed":true,"workerStartedAt":1893456009300}],"createdAt":1893456008300,"since":1893456009300,"terms":{"assetVersion":"1.0.0","agreementId":"agreement-of-suspended","consumerId":"consumer","parameters":{}}}', 8);
INSERT INTO jobs (sequence, id, asset_id, asset_version, agreement_id, state, holds_slot, body, revision) VALUES (3, '00000000-0000-4000-8000-000000000036', 'sum', '1.0.0', 'agreement-of-completed', 'succeeded', 0, '{"id":"00000000-0000-4000-8000-000000000036","origin":{"kind":"transfer","transferId":"00000000-0000-4000-8000-000000000035","connectorId":"provider"},"assetId":"sum","state":"succeeded","attempt":1,"attempts":[{"number":1,"startedAt":1893456021600,"launched":true,"logsKept":true,"removed":true,"workerStartedAt":1893456022600}],"createdAt":1893456021600,"since":1893456022600,"terms":{"assetVersion":"1.0.0","agreementId":"agreement-of-completed","consumerId":"consumer","parameters":{}}}', 8);
INSERT INTO jobs (sequence, id, asset_id, asset_version, agreement_id, state, holds_slot, body, revision) VALUES (4, '00000000-0000-4000-8000-000000000051', 'sum', '1.0.0', 'agreement-of-failed', 'failed', 0, '{"id":"00000000-0000-4000-8000-000000000051","origin":{"kind":"transfer","transferId":"00000000-0000-4000-8000-000000000050","connectorId":"provider"},"assetId":"sum","state":"failed","attempt":2,"attempts":[{"number":1,"startedAt":1893456034900,"launched":true,"logsKept":true,"removed":true,"workerStartedAt":1893456035900,"failure":{"cause":"exit-code","message":"The worker ended with 3.","exitCode":3,"lastLogLines":["attempt 1 computes","attempt 1 failed"]}},{"number":2,"startedAt":1893456038900,"launched":true,"logsKept":true,"removed":true,"workerStartedAt":1893456039900,"failure":{"cause":"exit-code","message":"The worker ended with 3.","exitCode":3,"lastLogLines":["attempt 2 computes","attempt 2 failed"]}}],"createdAt":1893456034900,"since":1893456041900,"terms":{"assetVersion":"1.0.0","agreementId":"agreement-of-failed","consumerId":"consumer","parameters":{}},"failure":{"cause":"exit-code","message":"The worker ended with 3.","exitCode":3,"lastLogLines":["attempt 2 computes","attempt 2 failed"]}}', 12);
INSERT INTO jobs (sequence, id, asset_id, asset_version, agreement_id, state, holds_slot, body, revision) VALUES (5, '00000000-0000-4000-8000-000000000075', 'sum', '1.0.0', 'agreement-of-cancelled', 'cancelled', 0, '{"id":"00000000-0000-4000-8000-000000000075","origin":{"kind":"transfer","transferId":"00000000-0000-4000-8000-000000000074","connectorId":"provider"},"assetId":"sum","state":"cancelled","attempt":1,"attempts":[{"number":1,"startedAt":1893456051900,"launched":true,"logsKept":true,"removed":true,"workerStartedAt":1893456052900,"stopping":{"since":1893456052900}}],"createdAt":1893456051900,"since":1893456052900,"terms":{"assetVersion":"1.0.0","agreementId":"agreement-of-cancelled","consumerId":"consumer","parameters":{}},"by":"connector","reason":"the transfer process is TERMINATED"}', 9);
INSERT INTO jobs (sequence, id, asset_id, asset_version, agreement_id, state, holds_slot, body, revision) VALUES (6, '00000000-0000-4000-8000-000000000087', 'sum', '1.0.0', 'agreement-of-running', 'running', 1, '{"id":"00000000-0000-4000-8000-000000000087","origin":{"kind":"transfer","transferId":"00000000-0000-4000-8000-000000000086","connectorId":"provider"},"assetId":"sum","state":"running","attempt":1,"attempts":[{"number":1,"startedAt":1893456062900,"launched":true,"logsKept":false,"removed":false,"workerStartedAt":1893456063900}],"createdAt":1893456062900,"since":1893456063900,"terms":{"assetVersion":"1.0.0","agreementId":"agreement-of-running","consumerId":"consumer","parameters":{}}}', 5);
INSERT INTO jobs (sequence, id, asset_id, asset_version, agreement_id, state, holds_slot, body, revision) VALUES (7, '00000000-0000-4000-8000-00000000008f', 'sum', '1.0.0', 'agreement-of-storing', 'storing', 1, '{"id":"00000000-0000-4000-8000-00000000008f","origin":{"kind":"transfer","transferId":"00000000-0000-4000-8000-00000000008e","connectorId":"provider"},"assetId":"sum","state":"storing","attempt":1,"attempts":[{"number":1,"startedAt":1893456063900,"launched":true,"logsKept":false,"removed":false,"workerStartedAt":1893456064900}],"createdAt":1893456063900,"since":1893456064900,"terms":{"assetVersion":"1.0.0","agreementId":"agreement-of-storing","consumerId":"consumer","parameters":{}}}', 6);
INSERT INTO jobs (sequence, id, asset_id, asset_version, agreement_id, state, holds_slot, body, revision) VALUES (8, '00000000-0000-4000-8000-000000000099', 'sum', '1.0.0', 'agreement-of-undelivered', 'succeeded', 1, '{"id":"00000000-0000-4000-8000-000000000099","origin":{"kind":"transfer","transferId":"00000000-0000-4000-8000-000000000098","connectorId":"provider"},"assetId":"sum","state":"succeeded","attempt":1,"attempts":[{"number":1,"startedAt":1893456064900,"launched":true,"logsKept":true,"removed":false,"workerStartedAt":1893456065900}],"createdAt":1893456064900,"since":1893456071900,"terms":{"assetVersion":"1.0.0","agreementId":"agreement-of-undelivered","consumerId":"consumer","parameters":{}}}', 8);
INSERT INTO jobs (sequence, id, asset_id, asset_version, agreement_id, state, holds_slot, body, revision) VALUES (9, '00000000-0000-4000-8000-0000000000a5', 'sum', '1.0.0', 'agreement-of-again', 'failed', 1, '{"id":"00000000-0000-4000-8000-0000000000a5","origin":{"kind":"transfer","transferId":"00000000-0000-4000-8000-0000000000a4","connectorId":"provider"},"assetId":"sum","state":"failed","attempt":2,"attempts":[{"number":1,"startedAt":1893456065900,"launched":true,"logsKept":true,"removed":true,"workerStartedAt":1893456066900,"failure":{"cause":"exit-code","message":"The worker ended with 3.","exitCode":3,"lastLogLines":["attempt 1 computes","attempt 1 failed"]}},{"number":2,"startedAt":1893456069900,"launched":true,"logsKept":true,"removed":false,"workerStartedAt":1893456070900,"failure":{"cause":"exit-code","message":"The worker ended with 3.","exitCode":3,"lastLogLines":["attempt 2 computes","attempt 2 failed"]}}],"createdAt":1893456065900,"since":1893456072900,"terms":{"assetVersion":"1.0.0","agreementId":"agreement-of-again","consumerId":"consumer","parameters":{}},"failure":{"cause":"exit-code","message":"The worker ended with 3.","exitCode":3,"lastLogLines":["attempt 2 computes","attempt 2 failed"]}}', 11);
INSERT INTO jobs (sequence, id, asset_id, asset_version, agreement_id, state, holds_slot, body, revision) VALUES (10, '00000000-0000-4000-8000-0000000000c1', 'sum', '1.0.0', 'agreement-of-starting', 'starting', 1, '{"id":"00000000-0000-4000-8000-0000000000c1","origin":{"kind":"transfer","transferId":"00000000-0000-4000-8000-0000000000c0","connectorId":"provider"},"assetId":"sum","state":"starting","attempt":1,"attempts":[{"number":1,"startedAt":1893456070900,"launched":true,"logsKept":false,"removed":false}],"createdAt":1893456070900,"since":1893456070900,"terms":{"assetVersion":"1.0.0","agreementId":"agreement-of-starting","consumerId":"consumer","parameters":{}}}', 4);
INSERT INTO jobs (sequence, id, asset_id, asset_version, agreement_id, state, holds_slot, body, revision) VALUES (11, '00000000-0000-4000-8000-0000000000ca', 'sum', '1.0.0', 'agreement-of-queued', 'queued', 0, '{"id":"00000000-0000-4000-8000-0000000000ca","origin":{"kind":"transfer","transferId":"00000000-0000-4000-8000-0000000000c9","connectorId":"provider"},"assetId":"sum","state":"queued","attempt":1,"attempts":[],"createdAt":1893456071900,"since":1893456071900,"terms":{"assetVersion":"1.0.0","agreementId":"agreement-of-queued","consumerId":"consumer","parameters":{}}}', 2);
INSERT INTO jobs (sequence, id, asset_id, asset_version, agreement_id, state, holds_slot, body, revision) VALUES (12, '00000000-0000-4000-8000-0000000000cd', 'sum', NULL, NULL, 'accepted', 0, '{"id":"00000000-0000-4000-8000-0000000000cd","origin":{"kind":"transfer","transferId":"00000000-0000-4000-8000-0000000000cc","connectorId":"provider"},"assetId":"sum","state":"accepted","attempt":1,"attempts":[],"createdAt":1893456071900,"since":1893456071900}', 1);
INSERT INTO callbacks (id, transfer_id, connector_id, message, created_at) VALUES ('00000000-0000-4000-8000-0000000000cf', '00000000-0000-4000-8000-000000000098', 'provider', '{"kind":"provisioned"}', 1893456071900);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('transfer', '00000000-0000-4000-8000-000000000002', 1893456095300, 0, NULL, NULL, 0);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('transfer', '00000000-0000-4000-8000-00000000001a', 1893456076600, 0, NULL, NULL, 0);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('expire', '00000000-0000-4000-8000-000000000036', 1894060829900, 0, NULL, NULL, 0);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('job', '00000000-0000-4000-8000-000000000087', 1893456073900, 0, NULL, NULL, 0);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('transfer', '00000000-0000-4000-8000-000000000086', 1893456073463, 2, NULL, NULL, 0);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('job', '00000000-0000-4000-8000-00000000008f', 1893456074900, 0, NULL, NULL, 0);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('transfer', '00000000-0000-4000-8000-00000000008e', 1893456073900, 0, NULL, NULL, 0);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('job', '00000000-0000-4000-8000-000000000099', 1893456073900, 0, NULL, NULL, 0);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('transfer', '00000000-0000-4000-8000-000000000098', 1893456073463, 2, NULL, NULL, 0);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('job', '00000000-0000-4000-8000-0000000000a5', 1893456073900, 0, NULL, NULL, 0);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('transfer', '00000000-0000-4000-8000-0000000000a4', 1893456073900, 0, NULL, NULL, 0);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('job', '00000000-0000-4000-8000-0000000000c1', 1893456080900, 0, NULL, NULL, 0);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('transfer', '00000000-0000-4000-8000-0000000000c0', 1893456073463, 2, NULL, NULL, 0);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('job', '00000000-0000-4000-8000-0000000000ca', 1893456101900, 0, NULL, NULL, 0);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('transfer', '00000000-0000-4000-8000-0000000000c9', 1893456073900, 0, NULL, NULL, 0);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('job', '00000000-0000-4000-8000-0000000000cd', 1893456074713, 4, NULL, NULL, 0);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('transfer', '00000000-0000-4000-8000-0000000000cc', 1893456073900, 0, NULL, NULL, 0);
INSERT INTO work (kind, key, due_at, failures, lease, lease_until, woken) VALUES ('callback', '00000000-0000-4000-8000-0000000000cf', 1893456074713, 4, NULL, NULL, 0);
INSERT INTO results (job_id, transfer_id, attempt, manifest, registered_at, expires_at, removed_at) VALUES ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000002', 1, '{"version":1,"jobId":"00000000-0000-4000-8000-000000000003","attempt":1,"files":[{"path":"plots/loss.svg","size":6,"sha256":"d4dc56669143034f31aa309635d4113d9ad76a02b1739da22c965ed2049be9e6"},{"path":"sum.txt","size":21,"sha256":"078820aa5b2fd822301b1a9b9d177dc7dcee2490178b16f0f88464f7376f2468"}],"totalBytes":27}', 1893456001000, NULL, NULL);
INSERT INTO results (job_id, transfer_id, attempt, manifest, registered_at, expires_at, removed_at) VALUES ('00000000-0000-4000-8000-00000000001b', '00000000-0000-4000-8000-00000000001a', 1, '{"version":1,"jobId":"00000000-0000-4000-8000-00000000001b","attempt":1,"files":[{"path":"plots/loss.svg","size":6,"sha256":"d4dc56669143034f31aa309635d4113d9ad76a02b1739da22c965ed2049be9e6"},{"path":"sum.txt","size":21,"sha256":"078820aa5b2fd822301b1a9b9d177dc7dcee2490178b16f0f88464f7376f2468"}],"totalBytes":27}', 1893456009300, NULL, NULL);
INSERT INTO results (job_id, transfer_id, attempt, manifest, registered_at, expires_at, removed_at) VALUES ('00000000-0000-4000-8000-000000000036', '00000000-0000-4000-8000-000000000035', 1, '{"version":1,"jobId":"00000000-0000-4000-8000-000000000036","attempt":1,"files":[{"path":"plots/loss.svg","size":6,"sha256":"d4dc56669143034f31aa309635d4113d9ad76a02b1739da22c965ed2049be9e6"},{"path":"sum.txt","size":21,"sha256":"078820aa5b2fd822301b1a9b9d177dc7dcee2490178b16f0f88464f7376f2468"}],"totalBytes":27}', 1893456022600, 1894060829900, NULL);
INSERT INTO results (job_id, transfer_id, attempt, manifest, registered_at, expires_at, removed_at) VALUES ('00000000-0000-4000-8000-000000000099', '00000000-0000-4000-8000-000000000098', 1, '{"version":1,"jobId":"00000000-0000-4000-8000-000000000099","attempt":1,"files":[{"path":"plots/loss.svg","size":6,"sha256":"d4dc56669143034f31aa309635d4113d9ad76a02b1739da22c965ed2049be9e6"},{"path":"sum.txt","size":21,"sha256":"078820aa5b2fd822301b1a9b9d177dc7dcee2490178b16f0f88464f7376f2468"}],"totalBytes":27}', 1893456071900, NULL, NULL);
INSERT INTO sqlite_sequence (name, seq) VALUES ('jobs', 12);
CREATE INDEX jobs_slots ON jobs (asset_id) WHERE holds_slot = 1;
CREATE INDEX jobs_asset_state ON jobs (asset_id, state);
CREATE INDEX jobs_agreement ON jobs (agreement_id, asset_id);
CREATE INDEX work_due ON work (due_at);
PRAGMA user_version = 3;
