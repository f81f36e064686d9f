import { setTimeout } from 'node:timers/promises'
import { type ProvisionerSettings, defaultDataAddressType } from '../../../config/connectors.ts'
import type { Clock } from '../../../core/ports/clock.ts'
import type { Heard, HeardBook } from './heard.ts'
import { type ProbeCalls, probeCalls, type ShownTransfer } from './probe-calls.ts'

/**
 * The asset of every probe of a type of data address. It stays in the connector: an asset that an agreement names cannot be removed (EDC
 * 0.10), and with asset and agreement a next probe needs no negotiation. Each type has its own: EDC 0.10 with its in-memory stores goes on
 * provisioning by the first type when an asset is updated with another.
 */
export function probeAssetId(dataAddressType: string): string {
  return `${probePrefix}${dataAddressType}`
}

const probePrefix = 'dataspace-compute-probe-'

/** Whether an asset is that of a probe: its requests are refused on purpose. */
export function isProbeAsset(assetId: string): boolean {
  return assetId.startsWith(probePrefix)
}

/** How long a negotiation may take, in milliseconds: 3 s on EDC 0.10 with ticks of 200 ms, so 15 s with its default of a second. */
const negotiationMs = 40_000
/** How long the messages of a transfer may take, in milliseconds: 0.3 s with ticks of 200 ms. */
const messagesMs = 15_000
/** How long after the end of a transfer events may still be under way, in milliseconds. */
const lateEventsMs = 2_000
/** Between two looks, in milliseconds. */
const lookMs = 500
/**
 * How long a transfer is told to end, in milliseconds, and the pause between: while the connector is at it, it refuses (409), and one whose
 * endpoint does not answer it is at nearly all the time.
 */
const endMs = 20_000
const endPauseMs = 100

/** What a probe brought. */
export interface ProbeOutcome {
  /** A transfer was begun: that a message did not come means something. */
  readonly began: boolean
  readonly provision: boolean
  readonly event: boolean
  /** How the transfer stood in the end, or why there was none. */
  readonly detail: string
  /** What stays in the connector, in words. */
  readonly left: readonly string[]
}

/** What a probe goes by. */
export interface ProbeParts {
  readonly settings: ProvisionerSettings
  /** The connector's own protocol address (`edc.dsp.callback.address`), as it reaches itself. */
  readonly protocolAddress: string
  readonly publicUrl: string
  readonly heard: HeardBook
  readonly clock: Clock
}

/**
 * Has a connector make a transfer with itself, of an asset that is provisioned here, and waits for what it sends us of it: the one sure
 * way to see its configuration (seen on EDC 0.10.0). We refuse the provision request, because nothing is registered for the asset, and
 * so the transfer ends by itself; no job comes of it.
 */
export async function probe(parts: ProbeParts): Promise<ProbeOutcome> {
  const { settings, protocolAddress, publicUrl } = parts
  const type = settings.dataAddressType ?? defaultDataAddressType
  const assetId = probeAssetId(type)
  const calls = probeCalls(settings, assetId, protocolAddress)
  try {
    const participantId = await calls.participantId()
    await calls.saveAsset({ type, baseUrl: publicUrl })
    const agreementId = (await calls.agreement()) ?? (await negotiate(calls, participantId))
    const begun = parts.clock.now()
    const consumerId = await calls.begin(agreementId, participantId)
    const seen = await messages(parts, calls, { assetId, consumerId, begun })
    const left = [`the asset ${assetId} without an offer, its agreement, and ended transfer processes`]
    if (!(await end(calls, consumerId)))
      left.push(`a transfer process that did not let itself be ended (correlation id ${consumerId})`)
    return { began: true, ...seen, left }
  } catch (error) {
    const removed = await calls.removeAsset().catch(() => false) // what went wrong before is what counts
    return {
      began: false,
      provision: false,
      event: false,
      detail: `The probe could not be carried through: ${error instanceof Error ? error.message : String(error)}`,
      left: removed ? [] : [`perhaps the asset ${assetId}, without an offer`],
    }
  }
}

async function negotiate(calls: ProbeCalls, participantId: string): Promise<string> {
  await calls.offer()
  try {
    const id = await calls.negotiate(participantId)
    const timer = AbortSignal.timeout(negotiationMs)
    for (;;) {
      const { state, contractAgreementId, errorDetail } = await calls.negotiation(id)
      if (state === 'FINALIZED' && contractAgreementId !== undefined) return contractAgreementId
      if (state === 'TERMINATED') throw new Error(`its negotiation ended: ${errorDetail ?? 'no reason given'}`)
      if (timer.aborted) {
        await calls.endNegotiation(id)
        throw new Error(`its negotiation was still ${state} after ${negotiationMs / 1000} s`)
      }
      await setTimeout(lookMs)
    }
  } finally {
    await calls.withdraw()
  }
}

interface Seen {
  readonly provision: boolean
  readonly event: boolean
  readonly detail: string
}

/** Waits until both messages came, or the transfer is over without, or time is up. */
async function messages(
  { heard, settings }: ProbeParts,
  calls: ProbeCalls,
  { assetId, consumerId, begun }: { readonly assetId: string; readonly consumerId: string; readonly begun: number },
): Promise<Seen> {
  const ofProbe = (message: Heard['event']): boolean =>
    message !== undefined && message.at >= begun && message.assetId === assetId
  const seen = { provision: false, event: false }
  // What was heard is the last message of each kind: those of other transfers come in between, so each is looked at as it comes.
  const note = (now: Heard): boolean => {
    seen.provision ||= ofProbe(now.provision)
    seen.event ||= ofProbe(now.event)
    return seen.provision && seen.event
  }
  const timer = AbortSignal.timeout(messagesMs)
  const both = heard.until(settings.id, note, timer)
  while (!timer.aborted) {
    if (await Promise.race([both, setTimeout(lookMs, false)])) break
    const { consumer, provider } = await calls.sides(consumerId)
    if (!isOver(consumer) && !isOver(provider)) continue
    await Promise.race([both, setTimeout(lateEventsMs)])
    break
  }
  return { ...seen, detail: detailOf((await calls.sides(consumerId)).provider) }
}

function detailOf(provider: ShownTransfer | undefined): string {
  if (provider === undefined) return 'The connector’s side of it as the provider never began.'
  const { state, errorDetail } = provider
  const meaning =
    state === 'PROVISIONING' ? ', as it is when a provisioner takes this type but its endpoint does not answer' : ''
  return `The connector’s side of it was ${state}${meaning}${errorDetail === undefined ? '.' : `: ${errorDetail}`}`
}

/** Ends what is left of a transfer. @returns whether nothing of it goes on */
async function end(calls: ProbeCalls, consumerId: string): Promise<boolean> {
  const timer = AbortSignal.timeout(endMs)
  while (!timer.aborted) {
    const { consumer, provider } = await calls.sides(consumerId)
    const live = [consumer, provider].filter((side) => side !== undefined && !isOver(side))
    if (live.length === 0) return true
    for (const side of live) if (side !== undefined) await calls.endTransfer(side['@id'])
    await setTimeout(endPauseMs)
  }
  return false
}

/** States after which nothing more is sent (EDC 0.10). */
function isOver(side: { readonly state: string } | undefined): boolean {
  return side !== undefined && /^(?:TERMINAT|COMPLET|DEPROVISION)/.test(side.state)
}
