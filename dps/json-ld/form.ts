import type { FlowStatus } from '../data-plane.ts'
import type { DataPlaneRequest, DataPlaneResponse, Form, Operation, Reading } from '../server/form.ts'
import { pathId } from '../server/path-id.ts'
import { problem } from '../server/problem.ts'
import {
  readFlowMessage,
  readReasonMessage,
  type StartType,
  startTypeOf,
  writeFlowResponse,
  writeFlowState,
} from './messages.ts'

/**
 * The JSON-LD form of the protocol: EDC 0.6 to 0.18, `…/v1/dataflows`. Paths are those of all these versions: up to 0.14 both start
 * and provision go to `/dataflows`, from 0.15 on to `/dataflows/start` and `/dataflows/prepare`. It has no path for a resume: a start
 * for a suspended flow is one (see `startOrResume`).
 */
export const jsonLdForm: Form = { read, write, refuse: problem }

function read({ method, path, body }: DataPlaneRequest): Reading {
  const segments = (path.split('?', 1)[0] ?? '').split('/').slice(1)
  if (segments[0] !== 'dataflows' || segments.length > 3) return { is: 'unknown-path' }
  const [, first, last] = segments
  if (first === undefined) return post(method, () => begin(startTypeOf(body), body))
  if (last === undefined) return fixed(method, first, body)
  return ofFlow(method, first, last, body)
}

/** `/dataflows/<name>` */
function fixed(method: string, name: string, body: unknown): Reading {
  switch (name) {
    case 'start':
      return post(method, () => begin('DataFlowStartMessage', body))
    case 'prepare':
      return post(method, () => begin('DataFlowProvisionMessage', body))
    case 'check': // the heartbeat of EDC 0.8 to 0.15, once a minute: after another answer than 200 or 204 no transfer comes here any more
      return get(method, () => ({ is: 'answer', response: { status: 204, headers: {} } }))
    default:
      return { is: 'unknown-path' }
  }
}

/** `/dataflows/<id>/<name>` */
function ofFlow(method: string, id: string, name: string, body: unknown): Reading {
  switch (name) {
    case 'suspend':
      return post(method, () =>
        operation({ kind: 'suspend', flowId: pathId(id), message: readReasonMessage('DataFlowSuspendMessage', body) }),
      )
    case 'terminate':
      return post(method, () =>
        operation({
          kind: 'terminate',
          flowId: pathId(id),
          message: readReasonMessage('DataFlowTerminateMessage', body),
        }),
      )
    case 'state':
      return get(method, () => operation({ kind: 'status', flowId: pathId(id) }))
    default:
      return { is: 'unknown-path' }
  }
}

function begin(type: StartType, body: unknown): Reading {
  const message = readFlowMessage(type, body)
  return operation({ kind: type === 'DataFlowStartMessage' ? 'start' : 'prepare', message })
}

function operation(asked: Operation): Reading {
  return { is: 'operation', operation: asked }
}

function post(method: string, then: () => Reading): Reading {
  return method === 'POST' ? then() : { is: 'wrong-method', allowed: ['POST'] }
}

function get(method: string, then: () => Reading): Reading {
  return method === 'GET' ? then() : { is: 'wrong-method', allowed: ['GET'] }
}

/** EDC takes 200 and 204 for a success and repeats a request that was answered otherwise: 202 would be sent again. */
function write({ kind }: Operation, status: FlowStatus | undefined): DataPlaneResponse {
  if (status === undefined) return { status: 204, headers: {} }
  const body = kind === 'status' ? writeFlowState(status) : writeFlowResponse(status)
  return { status: 200, headers: { 'content-type': 'application/json' }, body }
}
