import type { DataPlane } from '../data-plane.ts'

/**
 * A data plane for the JSON-LD form, which knows no resume: EDC starts the process again (seen on 0.10.0). A start for a flow that is
 * suspended is therefore a resume here, and every other start stays one, the repeated, too: EDC repeats it where the consumer's
 * connector could not be told, and wants the address again.
 */
export function startOrResume(dataPlane: DataPlane): DataPlane {
  return {
    prepare: (message, caller) => dataPlane.prepare(message, caller),
    async start(message, caller) {
      const { processId, messageId } = message
      const before = await dataPlane.status(processId, caller)
      return before?.state === 'SUSPENDED'
        ? dataPlane.resume(processId, { messageId }, caller)
        : dataPlane.start(message, caller)
    },
    started: (flowId, message, caller) => dataPlane.started(flowId, message, caller),
    suspend: (flowId, message, caller) => dataPlane.suspend(flowId, message, caller),
    resume: (flowId, message, caller) => dataPlane.resume(flowId, message, caller),
    terminate: (flowId, message, caller) => dataPlane.terminate(flowId, message, caller),
    completed: (flowId, caller) => dataPlane.completed(flowId, caller),
    status: (flowId, caller) => dataPlane.status(flowId, caller),
  }
}
