import { z } from 'zod'
import type { TransferProcess } from './process.ts'

/** A registered data plane. */
export interface DataPlane {
  readonly id: string
  /** Everything is sent to `<endpoint>/start` and so on: it must end in `/dataflows`, without a slash. */
  readonly endpoint: string
  readonly transferTypes: readonly string[]
  readonly labels: readonly string[]
  /** How to prove oneself, with its `type`; none: nobody proves anything. */
  readonly authorization: Readonly<Record<string, unknown>> | undefined
}

/** What EDC 0.18 reads of a registration. Whatever else it says, `profiles` included, is silently passed over. */
const registrationSchema = z.looseObject({
  dataplaneId: z.string(),
  endpoint: z.string(),
  transferTypes: z.array(z.string()).nullish(),
  labels: z.array(z.string()).nullish(),
  authorization: z.record(z.string(), z.unknown()).nullish(),
})

/** The data planes a control plane knows. */
export class DataPlanes {
  readonly #byId = new Map<string, DataPlane>()
  #next = 0

  /** Registers or replaces one. @throws Error for what is no registration */
  put(registration: unknown): void {
    const { dataplaneId, endpoint, transferTypes, labels, authorization } = registrationSchema.parse(registration)
    this.#byId.set(dataplaneId, {
      id: dataplaneId,
      endpoint,
      transferTypes: transferTypes ?? [],
      labels: labels ?? [],
      authorization: authorization ?? undefined,
    })
  }

  delete(id: string): boolean {
    return this.#byId.delete(id)
  }

  find(id: string): DataPlane | undefined {
    return this.#byId.get(id)
  }

  all(): readonly DataPlane[] {
    return [...this.#byId.values()]
  }

  clear(): void {
    this.#byId.clear()
  }

  /** Which data plane serves the process; one after the other where several can. */
  select({ transferType, labels }: TransferProcess): DataPlane | undefined {
    const able = this.all().filter(
      (plane) => plane.transferTypes.includes(transferType) && labels.every((label) => plane.labels.includes(label)),
    )
    this.#next += 1
    return able[this.#next % Math.max(able.length, 1)]
  }

  /** What an asset with these profiles can be had by; all that any data plane can where it names none. */
  transferTypes(profiles: readonly string[]): ReadonlySet<string> {
    const offered = this.all().filter(
      ({ transferTypes }) => profiles.length === 0 || transferTypes.some((type) => profiles.includes(type)),
    )
    return new Set(offered.flatMap(({ transferTypes }) => transferTypes))
  }
}
