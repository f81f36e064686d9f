import type { AgreementRequirement, Change, SlotRequirement } from '../../../core/ports/store.ts'
import type { Connection, Statement } from './database.ts'
import { lockName } from './lock-name.ts'

const slots: Statement = {
  name: 'slots',
  text: `
    SELECT count(*) AS service, count(*) FILTER (WHERE asset_id = $1) AS asset, count(*) FILTER (WHERE consumer_id = $2) AS consumer
    FROM jobs WHERE holds_slot = 1 AND id <> $3`,
}
const agreement: Statement = {
  name: 'agreement',
  text: `
    SELECT (SELECT count(*) FROM jobs WHERE agreement_id = $1 AND asset_id = $2 AND id <> $4)
        + coalesce((SELECT jobs FROM forgotten_jobs WHERE agreement_id = $1 AND asset_id = $2), 0) AS agreed,
      (SELECT count(*) FROM jobs WHERE consumer_id = $3 AND state = 'queued' AND id <> $4) AS queued`,
}
const turn: Statement = {
  name: 'turn',
  text: `UPDATE jobs SET turn = (SELECT coalesce(max(turn), 0) + 1 FROM jobs WHERE turn IS NOT NULL) WHERE id = $1`,
}

/**
 * What of a change's requirement does not hold, `undefined` where all of it does. Whoever counts has the lock of what is counted
 * until the transaction ends: of two that see the last slot free, one waits and finds it taken.
 */
export async function brokenRequirement(
  connection: Connection,
  { require, job }: Change,
): Promise<'unmet' | 'queue-full' | undefined> {
  if (require === undefined) return undefined
  const self = job?.value.id ?? ''
  return require.kind === 'slot' ? slotTaken(connection, require, self) : refused(connection, require, self)
}

/** Notes that a job takes a slot now. Whoever takes one has the lock of all of them. */
export async function takeTurn(connection: Connection, jobId: string): Promise<void> {
  await connection.run(turn, [jobId])
}

async function slotTaken(connection: Connection, require: SlotRequirement, self: string): Promise<'unmet' | undefined> {
  const [, counted] = await Promise.all([
    lockName(connection, 'slots'),
    connection.run(slots, [require.assetId, require.consumerId, self]),
  ])
  const [row] = counted.rows
  const free =
    Number(row?.['asset']) < require.limit &&
    Number(row?.['consumer']) < require.consumerLimit &&
    Number(row?.['service']) < require.totalLimit
  return free ? undefined : 'unmet'
}

async function refused(
  connection: Connection,
  require: AgreementRequirement,
  self: string,
): Promise<'unmet' | 'queue-full' | undefined> {
  const { agreementId, assetId, consumerId, limit, queuedLimit } = require
  const [, , counted] = await Promise.all([
    lockName(connection, `agreement ${agreementId} ${assetId}`),
    lockName(connection, `queue ${consumerId}`),
    connection.run(agreement, [agreementId, assetId, consumerId, self]),
  ])
  const [row] = counted.rows
  if (Number(row?.['agreed']) >= limit) return 'unmet'
  return Number(row?.['queued']) >= queuedLimit ? 'queue-full' : undefined
}
