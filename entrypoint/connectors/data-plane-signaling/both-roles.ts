import { type Caller, type DataPlane, DataPlaneError } from '../../../dps/data-plane.ts'
import type { ProviderRole } from './provider-role.ts'

/** The consumer's role, as far as it is another one than the provider's. */
export type ConsumerRole = Omit<DataPlane, 'start'>

/**
 * One data plane of both roles. Which one a message is for, its kind tells (`start` begins the provider's, `prepare` the consumer's), or
 * who knows its flow: the two processes of one transfer have ids of their own.
 * @param consumer absent where nothing is received here
 */
export function bothRoles(provider: ProviderRole, consumer: ConsumerRole | undefined): DataPlane {
  const roleOf = async (flowId: string, caller: Caller): Promise<Omit<ProviderRole, 'start'>> => {
    if (consumer === undefined) return provider
    return (await consumer.status(flowId, caller)) === undefined ? provider : consumer
  }
  return {
    async prepare(message, caller) {
      if (consumer === undefined) throw noConsumer()
      return consumer.prepare(message, caller)
    },
    start: (message, caller) => provider.start(message, caller),
    async started(flowId, message, caller) {
      if (consumer === undefined) throw noConsumer()
      return consumer.started(flowId, message, caller)
    },
    async suspend(flowId, message, caller) {
      return (await roleOf(flowId, caller)).suspend(flowId, message, caller)
    },
    async resume(flowId, message, caller) {
      return (await roleOf(flowId, caller)).resume(flowId, message, caller)
    },
    async terminate(flowId, message, caller) {
      return (await roleOf(flowId, caller)).terminate(flowId, message, caller)
    },
    async completed(flowId, caller) {
      return (await roleOf(flowId, caller)).completed(flowId, caller)
    },
    async status(flowId, caller) {
      return (await roleOf(flowId, caller)).status(flowId, caller)
    },
  }
}

function noConsumer(): DataPlaneError {
  return new DataPlaneError(422, 'role-unknown', 'Nothing is received here: this data plane serves providers.')
}
