import { z } from 'zod'
import type { DataPlanes } from './data-planes.ts'
import { go, mayGo, type ProcessState, type TransferProcess } from './process.ts'
import type { ProcessStore } from './process-store.ts'

const context = 'https://w3id.org/edc/connector/management/v2'

/** What a call of the Management API is answered. */
export interface ManagementAnswer {
  readonly status: number
  readonly body?: unknown
}

interface Parts {
  readonly store: ProcessStore
  readonly dataPlanes: DataPlanes
  readonly participants: { readonly provider: string; readonly consumer: string }
}

const documentSchema = z.looseObject({ '@context': z.unknown().optional(), reason: z.string().optional() })
const querySchema = z.looseObject({
  filterExpression: z
    .union([z.array(z.unknown()), z.looseObject({})])
    .default([])
    .transform((criteria) => [criteria].flat())
    .pipe(z.array(z.looseObject({ operandLeft: z.string(), operandRight: z.string() }))),
})

/** The part of EDC 0.18's Management API that a data plane may want. `path` begins after `/management`; the key was checked. */
export function manage(parts: Parts, method: string, path: string, body: unknown): ManagementAnswer {
  const [, version = '', kind = '', id, action] = path.split('/').map(decodeURIComponent)
  if (version !== 'v3' && version !== 'v4') return { status: 404 }
  if (kind === 'dataplanes' && version === 'v4') return register(parts.dataPlanes, method, id, body)
  if (kind === 'transferprocesses' && id !== undefined) return transfer(parts, version, method, id, action, body)
  if (kind === 'contractagreements' && method === 'GET' && id !== undefined) return agreement(parts, id)
  return { status: 404 }
}

function register(dataPlanes: DataPlanes, method: string, id: string | undefined, body: unknown): ManagementAnswer {
  if (method === 'PUT' && id === undefined) {
    try {
      dataPlanes.put(body)
    } catch {
      return { status: 400 }
    }
    return { status: 200 }
  }
  if (method !== 'DELETE' || id === undefined) return { status: 405 }
  return dataPlanes.delete(id) ? { status: 200 } : unknown('DataPlaneInstance', id)
}

function transfer(
  { store }: Parts,
  version: string,
  method: string,
  id: string,
  action: string | undefined,
  body: unknown,
): ManagementAnswer {
  if (method === 'POST' && id === 'request') return { status: 200, body: query(store, body) }
  const process = store.find(id)
  if (process === undefined) return unknown('TransferProcess', id)
  if (method === 'GET' && action === undefined) return { status: 200, body: shown(process) }
  if (method === 'GET' && action === 'state')
    return { status: 200, body: { '@context': [context], '@type': 'TransferState', state: process.state } }
  if (method !== 'POST') return { status: 405 }
  if (action === 'resume')
    return change(
      store,
      id,
      process.ownsAddress ? 'RESUMING' : 'RESUMING_REQUESTED',
      undefined,
      process.state === 'SUSPENDED',
    )
  const document = documentSchema.safeParse(body)
  if (!document.success) return { status: 400 }
  const contexts = [document.data['@context']].flat()
  if (version === 'v4' && !contexts.includes(context))
    return { status: 400, body: [{ message: `@context must name ${context}` }] }
  if (document.data.reason === undefined)
    return { status: 400, body: [{ message: 'mandatory value reason is missing' }] }
  if (action === 'terminate') return change(store, id, 'TERMINATING', document.data.reason)
  if (action === 'suspend') return change(store, id, 'SUSPENDING', document.data.reason)
  return { status: 404 }
}

function change(
  store: ProcessStore,
  id: string,
  to: ProcessState,
  reason: string | undefined,
  allowed = true,
): ManagementAnswer {
  const process = store.findAndLease(id)
  if (process === 'unknown') return unknown('TransferProcess', id)
  if (process === 'leased')
    return { status: 409, body: [{ message: `Entity ${id} already leased`, type: 'ObjectConflict' }] }
  if (!allowed || !mayGo(process, to)) {
    store.save(process)
    return {
      status: 409,
      body: [{ message: `Could not execute it because it's ${process.state}`, type: 'ObjectConflict' }],
    }
  }
  go(process, to)
  if (reason !== undefined) process.errorDetail = reason
  store.save(process)
  return { status: 204 }
}

function query(store: ProcessStore, body: unknown): readonly unknown[] {
  const { filterExpression } = querySchema.parse(body ?? {})
  return store
    .all()
    .map(shown)
    .filter((process) =>
      filterExpression.every(({ operandLeft, operandRight }) => process[name(operandLeft)] === operandRight),
    )
}

function name(operand: string): string {
  const plain = operand.replace('https://w3id.org/edc/v0.0.1/ns/', '')
  return plain === 'id' ? '@id' : plain
}

function shown(process: TransferProcess): Readonly<Record<string, unknown>> {
  return {
    '@context': [context],
    '@id': process.id,
    '@type': 'TransferProcess',
    type: process.role,
    state: process.state,
    stateTimestamp: process.stateTimestamp,
    assetId: process.assetId,
    contractId: process.agreementId,
    transferType: process.transferType,
    callbackAddresses: [],
    ...(process.correlationId === undefined ? {} : { correlationId: process.correlationId }),
    ...(process.errorDetail === undefined ? {} : { errorDetail: process.errorDetail }),
  }
}

function agreement({ store, participants }: Parts, id: string): ManagementAnswer {
  const process = store.all().find(({ agreementId }) => agreementId === id)
  if (process === undefined) return unknown('ContractAgreement', id)
  const { assetId } = process
  const { provider, consumer } = participants
  const policy = {
    '@type': 'Agreement',
    assigner: provider,
    assignee: consumer,
    target: assetId,
    permission: [],
    prohibition: [],
    obligation: [],
  }
  return {
    status: 200,
    body: {
      '@context': [context],
      '@type': 'ContractAgreement',
      '@id': id,
      assetId,
      providerId: provider,
      consumerId: consumer,
      contractSigningDate: Math.floor(Date.now() / 1000),
      policy,
    },
  }
}

function unknown(type: string, id: string): ManagementAnswer {
  const message = `Object of type ${type} with ID=${id} was not found`
  return { status: 404, body: [{ message, type: 'ObjectNotFound', path: null, invalidValue: null }] }
}
