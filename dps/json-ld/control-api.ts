import type { ControlPlane, ControlPlaneOptions, Notice } from '../client/control-plane.ts'
import { send } from '../client/send.ts'
import type { DataAddress, FlowStatus } from '../data-plane.ts'
import { edcName } from './names.ts'

/**
 * A client of EDC's control API (`callbackAddress` of the messages, such as `http://provider:9191/control`), EDC 0.6 to 0.18. What the
 * notices come to there:
 *
 * - `completed` moves a process that is STARTED to COMPLETED, and is refused with 409 before and after. It ends a pull, too.
 * - `errored` ends the process, with `status.error` as its reason; 409 where it is over.
 * - `started` and `prepared` exist from 0.14 on only (`/provisioned`): after an answer with `provisioning` the control plane sends
 *   its start, or goes on with its request, once more. Before 0.14 they are answered 404.
 *
 * 404 stands for a process that is not known, too, and 409 for one that the control plane works on at that moment: both are `later`.
 */
export function controlApi(options: ControlPlaneOptions): ControlPlane {
  const base = `${options.address.replace(/\/+$/, '')}/transferprocess`
  return {
    tell(notice, processId, status) {
      const { path, body } = requestOf(notice, status)
      return send('POST', `${base}/${encodeURIComponent(processId)}/${path}`, body, options)
    },
  }
}

function requestOf(
  notice: Notice,
  { error, dataAddress }: FlowStatus,
): { readonly path: string; readonly body?: unknown } {
  switch (notice) {
    case 'completed':
      return { path: 'complete' }
    case 'errored':
      return { path: 'fail', body: { errorMessage: error ?? 'The data plane failed.' } } // EDC refuses a failure without a message
    case 'started': // without an address: EDC would take it for the new destination, and gets the consumer's one with the next start
      return { path: 'provisioned' }
    case 'prepared':
      return dataAddress === undefined
        ? { path: 'provisioned' }
        : { path: 'provisioned', body: { properties: propertiesOf(dataAddress) } }
  }
}

/** An address as EDC's Java objects are written in JSON. */
function propertiesOf({ endpointType, endpoint, properties }: DataAddress): Readonly<Record<string, string>> {
  const all = { ...properties, ...(endpoint === undefined ? {} : { endpoint }), type: endpointType }
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [edcName(name), value]))
}
