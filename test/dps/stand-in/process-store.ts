import type { TransferProcess } from './process.ts'

/** EDC's in-memory store: copies in, copies out, and a lease that whoever throws before saving leaves behind. */
export class ProcessStore {
  readonly #processes = new Map<string, TransferProcess>()
  readonly #leasedUntil = new Map<string, number>()
  readonly #leaseMs: number
  /** Called with every process saved. */
  onSave: (process: TransferProcess) => void = () => undefined

  /** @param leaseMs how long a forgotten lease lasts; EDC's is a minute */
  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs
  }

  find(id: string): TransferProcess | undefined {
    const found = this.#processes.get(id)
    return found === undefined ? undefined : structuredClone(found)
  }

  all(): readonly TransferProcess[] {
    return [...this.#processes.values()].map((process) => structuredClone(process))
  }

  isLeased(id: string): boolean {
    return (this.#leasedUntil.get(id) ?? 0) > performance.now()
  }

  /** When the lease of the process ends, in milliseconds from now; 0 where there is none. */
  leaseLeftMs(id: string): number {
    return Math.max(0, (this.#leasedUntil.get(id) ?? 0) - performance.now())
  }

  findAndLease(id: string): TransferProcess | 'unknown' | 'leased' {
    const found = this.find(id)
    if (found === undefined) return 'unknown'
    if (this.isLeased(id)) return 'leased'
    this.#leasedUntil.set(id, performance.now() + this.#leaseMs)
    return found
  }

  /** Saves it and gives its lease up. */
  save(process: TransferProcess): void {
    this.#processes.set(process.id, structuredClone(process))
    this.#leasedUntil.delete(process.id)
    this.onSave(process)
  }

  breakLease(id: string): void {
    this.#leasedUntil.delete(id)
  }

  /** What a restart leaves: the leases are gone, and with `lost` all else. */
  restart(processes: 'lost' | 'kept'): void {
    this.#leasedUntil.clear()
    if (processes === 'lost') this.#processes.clear()
  }
}
