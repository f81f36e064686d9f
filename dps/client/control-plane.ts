import { randomUUID } from 'node:crypto'
import type { FlowStatus } from '../data-plane.ts'
import { writeStatusMessage } from '../messages/status-message.ts'
import { type Outcome, send, type Sending } from './send.ts'

/** What a data plane tells its control plane. */
export type Notice = 'prepared' | 'started' | 'completed' | 'errored'

/** A control plane to which notices go. */
export interface ControlPlane {
  /**
   * Tells it once. What EDC 0.18 makes of it: a `started` that comes before it has stored the answer to `start` gets 500 or 401, and is taken
   * a little later; one that comes after another was taken gets 500 and locks the process for a minute, so never send again what was
   * taken, and after `unclear` read the state first; `completed` is refused before the process is STARTED; `errored` changes nothing.
   * @param processId the transfer process, which is the flow's id, too
   */
  tell(notice: Notice, processId: string, status: FlowStatus): Promise<Outcome>
}

/** Where a control plane is, and how it is spoken to. */
export interface ControlPlaneOptions extends Sending {
  /** Base of the callbacks: the `endpoint` of its registration, or a `callbackAddress` that was checked. */
  readonly address: string
}

/** A client of the control plane's signaling endpoint. */
export function controlPlane(options: ControlPlaneOptions): ControlPlane {
  const base = options.address.replace(/\/+$/, '')
  return {
    tell: (notice, processId, status) =>
      send(
        'POST',
        `${base}/transfers/${encodeURIComponent(processId)}/dataflow/${notice}`,
        writeStatusMessage(status, randomUUID()),
        options,
      ),
  }
}
