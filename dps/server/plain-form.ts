import { randomUUID } from 'node:crypto'
import type { FlowStatus } from '../data-plane.ts'
import { readAddressMessage } from '../messages/address-message.ts'
import { readControlPlaneRegistration } from '../messages/control-plane-registration.ts'
import { readFlowMessage } from '../messages/flow-message.ts'
import { readReasonMessage } from '../messages/reason-message.ts'
import { writeStatusMessage, writeStatusResponse } from '../messages/status-message.ts'
import type { DataPlaneRequest, DataPlaneResponse, Form, Operation, Reading } from './form.ts'
import { pathId } from './path-id.ts'
import { problem } from './problem.ts'

/** Data Plane Signaling 1.0: plain JSON below `/dataflows` and `/controlplanes`, RC2 and RC3 alike. */
export const plainForm: Form = { read, write, refuse: problem }

function read({ method, path, body }: DataPlaneRequest): Reading {
  const [collection, first, last, ...more] = (path.split('?', 1)[0] ?? '').split('/').slice(1)
  const on = taking(method)
  if (more.length > 0) return unknownPath
  if (collection === 'controlplanes' && last === undefined)
    return first === undefined
      ? on('PUT', () => ({ kind: 'put-control-plane', registration: readControlPlaneRegistration(body) }))
      : on('DELETE', () => ({ kind: 'delete-control-plane', controlPlaneId: pathId(first) }))
  if (collection !== 'dataflows' || first === undefined) return unknownPath
  if (last !== undefined) return readSignal(on, first, last, body)
  switch (first) {
    case 'prepare':
      return on('POST', () => ({ kind: 'prepare', message: readFlowMessage('DataFlowPrepareMessage', body) }))
    case 'start':
      return on('POST', () => ({ kind: 'start', message: readFlowMessage('DataFlowStartMessage', body) }))
    default:
      return unknownPath
  }
}

/** What is asked of a flow: the last part of its path says it. */
function readSignal(on: Taking, id: string, signal: string, body: unknown): Reading {
  switch (signal) {
    case 'started': {
      const message = () => readAddressMessage('DataFlowStartedNotificationMessage', body)
      return on('POST', () => ({ kind: 'started', flowId: pathId(id), message: message() }))
    }
    case 'suspend': {
      const message = () => readReasonMessage('DataFlowSuspendMessage', body)
      return on('POST', () => ({ kind: 'suspend', flowId: pathId(id), message: message() }))
    }
    case 'resume': {
      const message = () => readAddressMessage('DataFlowResumeMessage', body)
      return on('POST', () => ({ kind: 'resume', flowId: pathId(id), message: message() }))
    }
    case 'terminate': {
      const message = () => readReasonMessage('DataFlowTerminateMessage', body)
      return on('POST', () => ({ kind: 'terminate', flowId: pathId(id), message: message() }))
    }
    case 'completed': // its body is empty, or {} from EDC
      return on('POST', () => ({ kind: 'completed', flowId: pathId(id) }))
    case 'status':
      return on('GET', () => ({ kind: 'status', flowId: pathId(id) }))
    default:
      return unknownPath
  }
}

function write(done: Operation, status: FlowStatus | undefined): DataPlaneResponse {
  if (done.kind === 'delete-control-plane') return { status: 204, headers: {} }
  if (status === undefined) return { status: 200, headers: {} }
  if (done.kind === 'status') return { status: 200, headers: json, body: writeStatusResponse(status) }
  const body = writeStatusMessage(status, randomUUID())
  return status.state === 'PREPARING' || status.state === 'STARTING'
    ? { status: 202, headers: { ...json, location: `/dataflows/${encodeURIComponent(status.flowId)}/status` }, body }
    : { status: 200, headers: json, body }
}

const json = { 'content-type': 'application/json' }

const unknownPath: Reading = { is: 'unknown-path' }

/** Reads the operation where the method is the one that the path takes. */
type Taking = (allowed: string, operation: () => Operation) => Reading

function taking(method: string): Taking {
  return (allowed, operation) =>
    method === allowed ? { is: 'operation', operation: operation() } : { is: 'wrong-method', allowed: [allowed] }
}
