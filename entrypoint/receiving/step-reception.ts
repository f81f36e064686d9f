import { crash } from '../../core/crash-point.ts'
import type { Versioned, WorkItem } from '../../core/ports/store.ts'
import { type DueTask, nextTask } from '../../core/reception/due.ts'
import { receptionPrefix } from '../../core/reception/names.ts'
import { isToBeFetched, type Reception } from '../../core/reception/reception.ts'
import { TransientError } from '../../sidecar/retry.ts'
import { Stale } from '../engine/apply.ts'
import { cautiousNow } from '../engine/cautious-now.ts'
import { commitEvent } from './change.ts'
import type { Fetched } from './fetch.ts'
import { fetchResult } from './fetch-result.ts'
import type { ReceivingParts } from './parts.ts'
import { ReceptionRefusal } from './refusal.ts'
import { removeFiles } from './remove-files.ts'
import { sourceClient } from './source-client.ts'
import { tellControlPlane } from './tell-control-plane.ts'
import { verifyPushed } from './verify-pushed.ts'

/** How often it is looked whether somebody else, in another process, ended what is being fetched here. Milliseconds. */
const lookMs = 5_000
/** When to look again at what only our own clock says is to be removed. Milliseconds. */
const againMs = 60_000

/**
 * Takes the next step of a reception: fetches, verifies, tells, removes or forgets. Each may be repeated, at whichever point the one before
 * it ended.
 * @returns when to look again (milliseconds since 1970), or `undefined` where nothing is left to do until something happens
 */
export async function stepReception(parts: ReceivingParts, item: WorkItem): Promise<number | undefined> {
  const found = await parts.store.reception(item.key)
  if (found === undefined) return undefined
  const now = parts.clock.now()
  const due = nextTask(found.value, now, parts.rules.historyMs)
  if (due === undefined || due.at > now) return due?.at
  return taken(parts, found, due, item)
}

function taken(
  parts: ReceivingParts,
  found: Versioned<Reception>,
  { task }: DueTask,
  item: WorkItem,
): Promise<number | undefined> {
  switch (task) {
    case 'fetch':
      return parts.underWay.run(found.value.id, (signal) => fetch(parts, found, item, signal))
    case 'verify':
      return parts.underWay.run(found.value.id, (signal) => verify(parts, found, item, signal))
    case 'tell':
      return tell(parts, found, item)
    case 'remove':
      return remove(parts, found, item)
    case 'forget':
      return forget(parts, found.value)
  }
}

async function fetch(
  parts: ReceivingParts,
  found: Versioned<Reception>,
  item: WorkItem,
  stopped: AbortSignal,
): Promise<number | undefined> {
  const { id, source } = found.value
  if (source === undefined) throw new Error(`the reception ${id} is to be fetched and has no address`)
  const { allowedHosts } = parts.rules
  const unwanted = watched(parts, found)
  const signal = AbortSignal.any([stopped, unwanted.signal])
  const client = sourceClient({
    allowedHosts,
    signal,
    ...(source.header === undefined ? {} : { header: source.header }),
  })
  let gotOn = false
  try {
    const { failures } = item
    const stored = (): void => void (gotOn = true)
    const fetched = await fetchResult(parts, { receptionId: id, source, client, signal, failures, stored })
    return await afterFetch(parts, found, item, fetched)
  } catch (error) {
    // Suspended, terminated, ordered otherwise, or this process ends: whoever looks next sees what is to be done.
    if (signal.aborted) throw new Stale('the reception is not to be fetched here any more')
    if (error instanceof ReceptionRefusal) return failed(parts, found, item, error)
    if (error instanceof TransientError) await troubled(parts, found, item, error, gotOn)
    throw error
  } finally {
    client.close()
    unwanted.end()
  }
}

async function afterFetch(
  parts: ReceivingParts,
  found: Versioned<Reception>,
  item: WorkItem,
  fetched: Fetched,
): Promise<number | undefined> {
  if (fetched.outcome === 'received') return received(parts, found, item, fetched.content)
  const { waitsFor, afterMs } = fetched
  if (waitsFor !== found.value.waitsFor || found.value.troubleSince !== undefined)
    await commitEvent(parts, found, { type: 'waits', waitsFor }, { holder: item })
  return parts.clock.now() + afterMs
}

async function verify(
  parts: ReceivingParts,
  found: Versioned<Reception>,
  item: WorkItem,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { id, destination } = found.value
  // First, so that nothing changes any more while it is read.
  if (destination === 's3') await parts.objects.withdraw?.({ writePrefix: receptionPrefix(id) })
  try {
    return await received(parts, found, item, await verifyPushed(parts, id, signal))
  } catch (error) {
    if (signal.aborted) throw new Stale('the reception is not to be verified here any more')
    if (error instanceof ReceptionRefusal) return failed(parts, found, item, error)
    throw error
  }
}

async function received(
  parts: ReceivingParts,
  found: Versioned<Reception>,
  holder: WorkItem,
  content: NonNullable<Reception['content']>,
): Promise<number> {
  crash('reception-whole')
  const now = parts.clock.now()
  await commitEvent(parts, found, { type: 'received', content, ...ending(parts, now) }, { holder })
  const { id, connectorId, mode } = found.value
  const { files, totalBytes, verifiedBy } = content
  parts.logger.info('reception received', {
    receptionId: id,
    connectorId,
    mode,
    files: files.length,
    totalBytes,
    verifiedBy,
  })
  return now
}

async function failed(
  parts: ReceivingParts,
  found: Versioned<Reception>,
  holder: WorkItem,
  { failure }: ReceptionRefusal,
): Promise<number> {
  const now = parts.clock.now()
  await commitEvent(parts, found, { type: 'failed', failure, ...ending(parts, now) }, { holder })
  const { id, connectorId } = found.value
  parts.logger.warn('reception failed', { receptionId: id, connectorId, cause: failure.cause, reason: failure.message })
  return now
}

function ending({ rules }: ReceivingParts, now: number): { readonly tell: boolean; readonly removeAt?: number } {
  const { retentionMs, complete } = rules
  return { tell: complete, ...(retentionMs === undefined ? {} : { removeAt: now + retentionMs }) }
}

/** Trouble that lasts too long is a failure; until then the loop comes back later and later. */
async function troubled(
  parts: ReceivingParts,
  found: Versioned<Reception>,
  item: WorkItem,
  error: TransientError,
  gotOn: boolean,
): Promise<void> {
  const { troubleSince } = found.value
  const now = parts.clock.now()
  if (troubleSince !== undefined && !gotOn && now - troubleSince > parts.rules.patienceMs) {
    const message = `Tried for ${Math.round((now - troubleSince) / 1000)} s; the last time ${error.message}.`
    await failed(parts, found, item, new ReceptionRefusal('unreachable', message, { cause: error }))
    throw new Stale('the reception failed')
  }
  await commitEvent(parts, found, { type: 'trouble', gotOn }, { holder: item })
}

/**
 * That something is on its way is written down before, and taken back where it had no effect: what was taken once must not come again, and a
 * process that ends in between would not know.
 */
async function tell(parts: ReceivingParts, found: Versioned<Reception>, holder: WorkItem): Promise<number | undefined> {
  const { owed, owedUnclear, id, connectorId } = found.value
  let current = found
  const told = await tellControlPlane(parts, found.value, holder.failures, async () => {
    current = await commitEvent(parts, current, { type: 'told-unclearly' }, { holder })
    crash('news-marked')
  })
  crash('news-sent')
  const now = parts.clock.now()
  if (told.outcome === 'later' && owedUnclear !== true)
    await commitEvent(parts, current, { type: 'told-in-vain' }, { holder })
  if (told.outcome === 'later' || told.outcome === 'unclear') return now + told.afterMs
  if (owed === undefined) return now
  const about = { receptionId: id, connectorId, kind: owed }
  if (told.outcome === 'refused') parts.logger.error('notice refused', { ...about, reason: told.reason })
  else parts.logger.info('notice delivered', about)
  await commitEvent(parts, current, { type: 'told', news: owed, refused: told.outcome === 'refused' }, { holder })
  return now
}

async function remove(parts: ReceivingParts, found: Versioned<Reception>, holder: WorkItem): Promise<number> {
  const { removeAt = 0, flow } = found.value
  // What goes with its transfer is not a question of age.
  if (flow !== 'terminated' && (await cautiousNow(parts)) < removeAt) return parts.clock.now() + againMs
  await removeFiles(parts, found, holder)
  return parts.clock.now()
}

async function forget(parts: ReceivingParts, { id }: Reception): Promise<number | undefined> {
  const outcome = await parts.store.forgetReception(id)
  if (outcome === 'forgotten') parts.logger.info('reception forgotten', { receptionId: id })
  return outcome === 'live' ? parts.clock.now() : undefined
}

/** Says when a reception is not to be fetched as it was any more, whoever decided that. */
function watched(
  { store, logger }: ReceivingParts,
  { value, revision }: Versioned<Reception>,
): { readonly signal: AbortSignal; end(): void } {
  const unwanted = new AbortController()
  const look = async (): Promise<void> => {
    const now = await store.reception(value.id)
    if (now === undefined || (now.revision !== revision && !isToBeFetched(now.value))) unwanted.abort()
  }
  const timer = setInterval(() => {
    look().catch((error: unknown) => logger.warn('a reception cannot be looked at', { receptionId: value.id, error }))
  }, lookMs)
  return { signal: unwanted.signal, end: () => clearInterval(timer) }
}
