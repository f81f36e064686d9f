import { eventually } from '../../support/eventually.ts'
import type { Pair } from './pair.ts'
import type { Asset } from './protocol.ts'

export type Side = 'provider' | 'consumer'

/** A transfer process as a control plane shows it. */
export interface Shown {
  readonly id: string
  readonly state: string
  readonly reason: string | undefined
}

/** Two control planes as their administrators see them: a real pair or the stand-ins, so that one claim is tried on both. */
export interface PairUnderTest {
  /** The Management API of a side, which wants the key as `x-api-key`. */
  management(side: Side): { readonly url: string; readonly key: string }
  /** Stops the side and starts it at the same address with nothing in its stores. */
  restart(side: Side): Promise<void>
  offer(asset: Asset): Promise<void>
  register(side: Side, registration: Readonly<Record<string, unknown>>): Promise<void>
  unregister(side: Side, dataPlaneId: string): Promise<void>
  /** Negotiates where that is needed and begins a transfer; gives the consumer's id of it. */
  request(request: {
    readonly assetId: string
    readonly transferType: string
    readonly dataDestination?: Readonly<Record<string, string>>
    /** For the consumer's own data plane. */
    readonly metadata?: Readonly<Record<string, unknown>>
  }): Promise<string>
  /** The consumer's side of a transfer, or the provider's by the consumer's id. */
  process(side: Side, consumerId: string): Promise<Shown | undefined>
  /** The status of the answer: 204, or 409 where it cannot be. `id` is that side's own. */
  administer(side: Side, id: string, action: 'terminate' | 'suspend' | 'resume'): Promise<number>
}

/** The reason that the administrator gives. */
export const administratorsReason = 'the administrator wants it so'

/** Waits until a side of the transfer is in the state. */
export async function reaches(
  pair: PairUnderTest,
  side: Side,
  consumerId: string,
  state: string,
  deadlineMs = 30_000,
): Promise<Shown> {
  return eventually(
    `the ${side}'s side of ${consumerId} to be ${state}`,
    async () => {
      const shown = await pair.process(side, consumerId)
      if (shown?.state === state) return { done: shown }
      return { pending: `it is ${shown?.state ?? 'unknown'}: ${shown?.reason ?? 'no reason given'}` }
    },
    { deadlineMs, pauseMs: 20 },
  )
}

/** The stand-ins, to be tried as the real pair is. */
export function standIns(pair: Pair): PairUnderTest {
  const { provider, consumer } = pair
  return {
    management: (side) => ({ url: pair[side].managementUrl, key: pair[side].key }),
    restart: (side) => pair[side].restart(),
    offer: async (asset) => provider.offer(asset),
    register: async (side, registration) => pair[side].register(registration),
    unregister: async (side, id) => void pair[side].dataPlanes.delete(id),
    request: async (request) => pair.request(request).consumerId,
    process: async (side, consumerId) => {
      const found = side === 'provider' ? provider.processOf(consumerId) : consumer.process(consumerId)
      return found === undefined ? undefined : { id: found.id, state: found.state, reason: found.errorDetail }
    },
    administer: async (side, id, action) => {
      if (action === 'resume') return pair[side].resume(id)
      return action === 'terminate'
        ? pair[side].terminate(id, administratorsReason)
        : pair[side].suspend(id, administratorsReason)
    },
  }
}
