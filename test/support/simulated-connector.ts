import { randomUUID } from 'node:crypto'
import { type SimulatedConnector, startSimulatedConnector } from '../../demo/simulated-connector/simulated-connector.ts'

/** A simulated connector on this machine's own time, quick enough for tests to wait for. */
export function simulatedConnector(managementKey: string = randomUUID()): Promise<SimulatedConnector> {
  return startSimulatedConnector({ clock: { now: Date.now }, ids: { next: randomUUID }, managementKey, tickMs: 10 })
}
