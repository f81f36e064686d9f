import type { Connector, FlowDelivery } from '../../core/ports/connector.ts'
import type { Metrics } from '../../core/ports/metrics.ts'
import type { CallbackMessage } from '../../core/ports/store.ts'

/** A connector that tells the metrics how every callback to it went. */
export function measuredConnector(connector: Connector, metrics: Metrics): Connector {
  const measured = async <D extends FlowDelivery>(kind: CallbackMessage['kind'], sent: Promise<D>): Promise<D> => {
    try {
      const delivery = await sent
      metrics.callback(kind, delivery.outcome)
      return delivery
    } catch (error) {
      metrics.callback(kind, 'error')
      throw error
    }
  }
  const { tell } = connector
  const told: typeof tell =
    tell === undefined
      ? undefined
      : (transfer, message, address) => measured(message.kind, tell(transfer, message, address))
  return {
    ...connector,
    provisioned: (process, address) => measured('provisioned', connector.provisioned(process, address)),
    ...(told === undefined ? {} : { tell: told }),
    terminate: (processId, reason) => measured('terminate', connector.terminate(processId, reason)),
  }
}
