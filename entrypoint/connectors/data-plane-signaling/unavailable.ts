import type { Logger } from '../../../core/ports/logger.ts'
import { type DataPlane, DataPlaneError } from '../../../dps/data-plane.ts'

/**
 * A data plane whose own trouble is 503: a control plane that is told so looks at us again, where it looks again at all. The
 * log has what happened; the control plane reads nothing of it.
 */
export function unavailableInTrouble(dataPlane: DataPlane, logger: Logger): DataPlane {
  const held = async <T>(call: keyof DataPlane, done: Promise<T>): Promise<T> => {
    try {
      return await done
    } catch (error) {
      if (error instanceof DataPlaneError) throw error
      logger.error('a data flow message was not taken', { call, error })
      throw new DataPlaneError(503, 'not-ready', 'The data plane cannot do this right now.', { cause: error })
    }
  }
  return {
    prepare: (message, caller) => held('prepare', dataPlane.prepare(message, caller)),
    start: (message, caller) => held('start', dataPlane.start(message, caller)),
    started: (flowId, message, caller) => held('started', dataPlane.started(flowId, message, caller)),
    suspend: (flowId, message, caller) => held('suspend', dataPlane.suspend(flowId, message, caller)),
    resume: (flowId, message, caller) => held('resume', dataPlane.resume(flowId, message, caller)),
    terminate: (flowId, message, caller) => held('terminate', dataPlane.terminate(flowId, message, caller)),
    completed: (flowId, caller) => held('completed', dataPlane.completed(flowId, caller)),
    status: (flowId, caller) => held('status', dataPlane.status(flowId, caller)),
  }
}
