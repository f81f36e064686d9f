import { asObject, type JsonObject } from './json.ts'
import { document, type Values } from './recordings.ts'
import type { Agreement, Asset, Side, Transfer } from './transfer.ts'

/** Which recorded document shows a transfer process in a state; other states borrow the started one's form. */
const TRANSFERS = {
  provider: { PROVISIONING_REQUESTED: 'providerAwaiting', STARTED: 'providerStarted', DEPROVISIONING: 'providerEnded' },
  consumer: { REQUESTED: 'consumerRequested', STARTED: 'consumerStarted', TERMINATED: 'consumerEnded' },
} as const

/** A transfer process as its connector's Management API shows it. */
export function transferView(transfer: Transfer, side: Side): JsonObject {
  const { state, stateTimestamp, errorDetail } = transfer[side]
  const recorded = Object.entries(TRANSFERS[side]).find(([name]) => name === state)?.[1]
  const values: Values = {
    ...common(transfer.agreement),
    consumerTransferId: transfer.consumer.id,
    providerTransferId: transfer.provider.id,
    stateTimestamp,
    reason: errorDetail,
    parameters: transfer.destination?.['params'],
  }
  const { dataDestination: recordedDestination, ...view } = document(recorded ?? `${side}Started`, values)
  const dataDestination = transfer.destination && { ...asObject(recordedDestination), ...transfer.destination }
  return {
    ...view,
    state,
    ...(errorDetail === undefined ? {} : { errorDetail }),
    ...(dataDestination === undefined ? {} : { dataDestination }),
  }
}

/** The answer to `…/state`. */
export function stateView(transfer: Transfer, side: Side): JsonObject {
  return { ...document('state', {}), state: transfer[side].state }
}

export function agreementView(agreement: Agreement): JsonObject {
  return document('agreement', {
    ...common(agreement),
    policyId: agreement.policyId,
    contractSigningDate: Math.floor(agreement.signedAt / 1000),
  })
}

export function negotiationView(agreement: Agreement, protocolAddress: string): JsonObject {
  return document('negotiation', {
    ...common(agreement),
    negotiationId: agreement.negotiationId,
    createdAt: agreement.signedAt,
    protocolAddress,
  })
}

export function assetView({ id, properties, dataAddress }: Asset): JsonObject {
  return {
    ...document('asset', { assetId: id }),
    properties: { ...properties, id },
    dataAddress: { '@type': 'DataAddress', ...dataAddress },
  }
}

/** An asset in the provider's catalogue, as the consumer sees it. The offer is named after the asset. */
export function datasetView({ id, properties }: Asset): JsonObject {
  const { name: _name, title: _title, ...dataset } = document('dataset', { assetId: id, offerId: `offer:${id}` })
  return { ...dataset, ...properties, id }
}

/** The answer to what was created. */
export function createdView(id: string, createdAt: number): JsonObject {
  return document('created', { negotiationId: id, createdAt })
}

/** What the consumer's connector has stored for reading a started transfer; undefined where there is nothing to read. */
export function accessView(transfer: Transfer, dataPlane: string): JsonObject | undefined {
  if (transfer.token === undefined || transfer.consumer.state !== 'STARTED') return undefined
  return document('access', { dataPlane, authorization: transfer.token.value })
}

function common(agreement: Agreement): Values {
  return { assetId: agreement.assetId, agreementId: agreement.id }
}
