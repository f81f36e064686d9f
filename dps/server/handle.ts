import { type Caller, type DataPlane, DataPlaneError, type FlowStatus } from '../data-plane.ts'
import { flowTypeOf } from '../flow/flow-type.ts'
import { isOver } from '../flow/transition.ts'
import type { ControlPlanes } from './control-planes.ts'
import type { DataPlaneRequest, DataPlaneResponse, Form, Operation } from './form.ts'
import { plainForm } from './plain-form.ts'

/** What a handler is made of. */
export interface HandlerOptions {
  readonly dataPlane: DataPlane
  /** How messages look. Default: plain, Data Plane Signaling 1.0. */
  readonly form?: Form
  /** Tells who calls, before anything else of the request is looked at. @throws DataPlaneError 401, 403, or 503 where it cannot be told */
  readonly authenticate: (request: DataPlaneRequest) => Promise<Caller>
  /** Where control planes register themselves (`/controlplanes`). Without it these paths are unknown, as the specification allows. */
  readonly controlPlanes?: ControlPlanes
  /**
   * Refuses, by the last part of the profile, a pull that carries a data address and a push that carries none, as the specification
   * demands. Default false: EDC up to 0.18 sends the consumer's `dataDestination` with a pull.
   */
  readonly strictAddresses?: boolean
  /** Gets what was thrown and is no DataPlaneError: a fault of the data plane. The caller is told nothing of it. */
  readonly onError?: (error: unknown, request: DataPlaneRequest) => void
}

/** Answers one request; it never rejects. */
export type DataPlaneHandler = (request: DataPlaneRequest) => Promise<DataPlaneResponse>

/**
 * Makes the endpoints of a data plane of what it does. Any HTTP server can stand before it: it reads the body, with a limit, parses it as
 * JSON, and hands over the path below the base address (`/dataflows/start`).
 */
export function dataPlaneHandler(options: HandlerOptions): DataPlaneHandler {
  const { form = plainForm, authenticate, onError } = options
  return async (request) => {
    try {
      const caller = await authenticate(request)
      const reading = form.read(request)
      switch (reading.is) {
        case 'answer':
          return reading.response
        case 'unknown-path':
          return form.refuse(unknownPath)
        case 'wrong-method': {
          const allow = reading.allowed.join(', ')
          const message = `Expected ${allow} for this path.`
          const refusal = form.refuse({ status: 405, code: 'wrong-method', message })
          return { ...refusal, headers: { ...refusal.headers, allow } }
        }
        case 'operation': {
          const { operation } = reading
          if (operation.kind === 'put-control-plane' || operation.kind === 'delete-control-plane') {
            if (options.controlPlanes === undefined) return form.refuse(unknownPath)
            await register(options.controlPlanes, operation, caller)
            return form.write(operation, undefined)
          }
          if (options.strictAddresses === true) checkAddress(operation)
          return form.write(operation, await done(options.dataPlane, operation, caller))
        }
      }
    } catch (error) {
      if (error instanceof DataPlaneError) return form.refuse(error)
      onError?.(error, request)
      return form.refuse({ status: 500, code: 'internal', message: 'The data plane could not do it.' })
    }
  }
}

const unknownPath = { status: 404, code: 'unknown-path', message: 'There is nothing at this path.' } as const

type RegistryOperation = Extract<Operation, { readonly kind: `${'put' | 'delete'}-control-plane` }>
type FlowOperation = Exclude<Operation, RegistryOperation>

async function done(dataPlane: DataPlane, operation: FlowOperation, caller: Caller): Promise<FlowStatus | undefined> {
  switch (operation.kind) {
    case 'prepare':
    case 'start':
      return begun(await dataPlane[operation.kind](operation.message, caller))
    case 'resume':
      return dataPlane.resume(operation.flowId, operation.message, caller)
    case 'status': {
      const status = await dataPlane.status(operation.flowId, caller)
      if (status !== undefined) return status
      throw new DataPlaneError(404, 'unknown-flow', 'There is no data flow of this id.')
    }
    case 'started':
      await dataPlane.started(operation.flowId, operation.message, caller)
      return undefined
    case 'suspend':
    case 'terminate':
      await dataPlane[operation.kind](operation.flowId, operation.message, caller)
      return undefined
    case 'completed':
      await dataPlane.completed(operation.flowId, caller)
      return undefined
  }
}

async function register(controlPlanes: ControlPlanes, operation: RegistryOperation, caller: Caller): Promise<void> {
  if (operation.kind === 'put-control-plane') return controlPlanes.put(operation.registration, caller)
  if (await controlPlanes.remove(operation.controlPlaneId, caller)) return
  throw new DataPlaneError(404, 'unknown-control-plane', 'There is no control plane of this id.')
}

/** EDC takes every 2xx for a start, whatever state stands in it: a flow that is over is told by the status code. */
function begun(status: FlowStatus): FlowStatus {
  if (!isOver(status.state)) return status
  throw new DataPlaneError(409, 'flow-over', `The data flow is ${status.state}${reason(status)}.`)
}

function reason({ error }: FlowStatus): string {
  return error === undefined || error === '' ? '' : `: ${error}`
}

function checkAddress(operation: FlowOperation): void {
  if (operation.kind !== 'start') return
  const { profile, dataAddress } = operation.message
  const type = flowTypeOf(profile)
  if (type === 'pull' && dataAddress !== undefined)
    throw new DataPlaneError(400, 'needless-address', 'A pull is started without a data address.')
  if (type === 'push' && dataAddress === undefined)
    throw new DataPlaneError(400, 'missing-address', 'A push is started with the data address it goes to.')
}
