import type { Clock, Ids } from '../../core/ports/clock.ts'
import type { JsonObject } from './json.ts'
import type { Agreement, Asset } from './transfer.ts'

/** What provider and consumer have agreed on: assets offered, agreements made. Every negotiation succeeds at once. */
export class Ledger {
  readonly #assets = new Map<string, Asset>()
  readonly #agreements = new Map<string, Agreement>()
  readonly #definitions = new Set<string>()
  readonly #clock: Clock
  readonly #ids: Ids

  constructor(clock: Clock, ids: Ids) {
    this.#clock = clock
    this.#ids = ids
  }

  asset(id: string): Asset | undefined {
    return this.#assets.get(id)
  }

  /** Registers or replaces an asset. */
  putAsset(id: string, properties: JsonObject, dataAddress: JsonObject): void {
    this.#assets.set(id, { id, properties, dataAddress })
  }

  /** Notes a policy or contract definition; false where there is one of that id. */
  define(kind: string, id: string): boolean {
    const key = `${kind} ${id}`
    if (this.#definitions.has(key)) return false
    this.#definitions.add(key)
    return true
  }

  /** Makes an agreement about an asset. */
  agree(assetId: string): Agreement {
    const agreement = {
      id: this.#ids.next(),
      negotiationId: this.#ids.next(),
      policyId: this.#ids.next(),
      assetId,
      signedAt: this.#clock.now(),
    }
    this.#agreements.set(agreement.id, agreement)
    return agreement
  }

  agreement(id: string): Agreement | undefined {
    return this.#agreements.get(id)
  }

  negotiated(negotiationId: string): Agreement | undefined {
    return [...this.#agreements.values()].find((agreement) => agreement.negotiationId === negotiationId)
  }
}
