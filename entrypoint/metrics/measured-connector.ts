import type { Connector, Delivery } from '../../core/ports/connector.ts'
import type { Metrics } from '../../core/ports/metrics.ts'

/** A connector that tells the metrics how every callback to it went. */
export function measuredConnector(connector: Connector, metrics: Metrics): Connector {
  const measured = async (kind: 'provisioned' | 'terminate', sent: Promise<Delivery>): Promise<Delivery> => {
    try {
      const delivery = await sent
      metrics.callback(kind, delivery.outcome)
      return delivery
    } catch (error) {
      metrics.callback(kind, 'error')
      throw error
    }
  }
  return {
    ...connector,
    provisioned: (process, address) => measured('provisioned', connector.provisioned(process, address)),
    terminate: (processId, reason) => measured('terminate', connector.terminate(processId, reason)),
  }
}
