import type { Clock } from '../../core/ports/clock.ts'
import type { Ledger } from './ledger.ts'
import { isObject, type Json, type JsonObject, objectAt, textAt } from './json.ts'
import { type Answer, answer } from './recordings.ts'
import type { Side } from './transfer.ts'
import type { Transfers } from './transfers.ts'
import * as views from './views.ts'

/** What the Management APIs work on. */
export interface ManagementContext {
  readonly ledger: Ledger
  readonly transfers: Transfers
  readonly clock: Clock
  readonly keys: Readonly<Record<Side, string>>
  readonly dataPlane: () => string
  readonly protocolAddress: () => string
}

/** A call to one side's Management API; the path is what follows its base. */
export interface ManagementCall {
  readonly side: Side
  readonly method: string
  readonly path: string
  readonly key: string | undefined
  /** Parsed JSON, or undefined where the body is none. */
  readonly body: Json | undefined
}

type Handler = (context: ManagementContext, call: ManagementCall, id: string) => Answer

const NAMESPACE = 'https://w3id.org/edc/v0.0.1/ns/'

/** Method, path with the id as a group, handler: the part of the API (v3) that a provider and a consumer need for a transfer. */
const ROUTES: readonly (readonly [string, RegExp, Handler])[] = [
  ['POST', /^\/v3\/assets$/, createAsset],
  ['PUT', /^\/v3\/assets$/, replaceAsset],
  ['POST', /^\/v3\/assets\/request$/, () => ok([])],
  ['GET', /^\/v3\/assets\/([^/]+)$/, showAsset],
  ['POST', /^\/v3\/(policydefinitions|contractdefinitions)$/, createDefinition],
  ['POST', /^\/v3\/catalog\/dataset\/request$/, showDataset],
  ['POST', /^\/v3\/contractnegotiations$/, negotiate],
  ['GET', /^\/v3\/contractnegotiations\/([^/]+)$/, showNegotiation],
  ['GET', /^\/v3\/contractagreements\/([^/]+)$/, showAgreement],
  ['POST', /^\/v3\/transferprocesses$/, beginTransfer],
  ['POST', /^\/v3\/transferprocesses\/request$/, findTransfers],
  ['GET', /^\/v3\/transferprocesses\/([^/]+)$/, showTransfer],
  ['GET', /^\/v3\/transferprocesses\/([^/]+)\/state$/, showState],
  ['POST', /^\/v3\/transferprocesses\/([^/]+)\/terminate$/, terminate],
  ['GET', /^\/v3\/edrs\/([^/]+)\/dataaddress$/, showAccess],
  ['POST', /^\/callback\/([^/]+)\/provision$/, callBack],
]

/** Answers a call as the recorded connectors did. */
export function manage(context: ManagementContext, call: ManagementCall): Answer {
  if (call.key === undefined) return answer('callbackWithoutKey')
  if (call.key !== context.keys[call.side]) return answer('callbackWrongKey')
  for (const [method, pattern, handler] of ROUTES) {
    const match = method === call.method ? pattern.exec(call.path) : null
    if (match !== null) return handler(context, call, decodeURIComponent(match[1] ?? ''))
  }
  return { status: 404, contentType: null, body: '' }
}

function createAsset(context: ManagementContext, call: ManagementCall): Answer {
  const id = textAt(call.body, '@id')
  if (context.ledger.asset(id) !== undefined) return answer('assetExists', { assetId: id })
  replaceAsset(context, call)
  return created(context, id)
}

function replaceAsset({ ledger }: ManagementContext, { body }: ManagementCall): Answer {
  ledger.putAsset(textAt(body, '@id'), objectAt(body, 'properties') ?? {}, objectAt(body, 'dataAddress') ?? {})
  return NO_CONTENT
}

function showAsset({ ledger }: ManagementContext, _call: ManagementCall, id: string): Answer {
  const asset = ledger.asset(id)
  return asset === undefined ? answer('assetUnknown', { unknown: id }) : ok(views.assetView(asset))
}

function createDefinition(context: ManagementContext, { body }: ManagementCall, kind: string): Answer {
  const id = textAt(body, '@id')
  return context.ledger.define(kind, id) ? created(context, id) : { ...answer('assetExists', { assetId: id }) }
}

function showDataset({ ledger }: ManagementContext, { body }: ManagementCall): Answer {
  const id = textAt(body, '@id')
  const asset = ledger.asset(id)
  // the real one wraps the provider's 404 in a 502
  return asset === undefined
    ? { ...answer('assetUnknown', { unknown: id }), status: 502 }
    : ok(views.datasetView(asset))
}

function negotiate(context: ManagementContext, { body }: ManagementCall): Answer {
  const assetId = textAt(objectAt(body, 'policy'), 'target')
  return created(context, context.ledger.agree(assetId).negotiationId)
}

function showNegotiation({ ledger, protocolAddress }: ManagementContext, _call: ManagementCall, id: string): Answer {
  const agreement = ledger.negotiated(id)
  return agreement === undefined
    ? answer('agreementUnknown', { unknown: id })
    : ok(views.negotiationView(agreement, protocolAddress()))
}

function showAgreement({ ledger }: ManagementContext, _call: ManagementCall, id: string): Answer {
  const agreement = ledger.agreement(id)
  return agreement === undefined ? answer('agreementUnknown', { unknown: id }) : ok(views.agreementView(agreement))
}

function beginTransfer(context: ManagementContext, { body }: ManagementCall): Answer {
  const id = textAt(body, 'contractId')
  const agreement = context.ledger.agreement(id)
  if (agreement === undefined) return { ...answer('agreementUnknown', { unknown: id }), status: 400 }
  const transfer = context.transfers.begin(agreement, objectAt(body, 'dataDestination'))
  return created(context, transfer.consumer.id)
}

function findTransfers({ transfers }: ManagementContext, { side, body }: ManagementCall): Answer {
  const filter = isObject(body) ? body['filterExpression'] : undefined
  const wanted = Array.isArray(filter) ? textAt(filter[0], 'operandRight') : undefined
  const other = side === 'provider' ? 'consumer' : 'provider'
  const found = transfers.all().filter((transfer) => wanted === undefined || transfer[other].id === wanted)
  return ok(found.map((transfer) => views.transferView(transfer, side)))
}

function showTransfer({ transfers }: ManagementContext, { side }: ManagementCall, id: string): Answer {
  const transfer = transfers.find(side, id)
  return transfer === undefined ? answer('transferUnknown', { unknown: id }) : ok(views.transferView(transfer, side))
}

function showState({ transfers }: ManagementContext, { side }: ManagementCall, id: string): Answer {
  const transfer = transfers.find(side, id)
  return transfer === undefined ? answer('transferUnknown', { unknown: id }) : ok(views.stateView(transfer, side))
}

function terminate({ transfers }: ManagementContext, { side, body }: ManagementCall, id: string): Answer {
  const transfer = transfers.find(side, id)
  if (transfer === undefined) return answer('terminateUnknown', { unknown: id })
  if (transfers.terminate(transfer, side, textAt(body, 'reason'))) return answer('terminateAccepted')
  return answer('terminateTooLate', { providerTransferId: id, state: transfer[side].state })
}

function showAccess({ transfers, dataPlane }: ManagementContext, _call: ManagementCall, id: string): Answer {
  const transfer = transfers.find('consumer', id)
  const access = transfer && views.accessView(transfer, dataPlane())
  return access === undefined ? answer('accessUnknown', { unknown: id }) : ok(access)
}

function callBack({ transfers }: ManagementContext, { body }: ManagementCall, id: string): Answer {
  const address = objectAt(objectAt(body, 'contentDataAddress'), 'properties')
  const whole = ['edctype', 'resourceDefinitionId', 'assetId', 'resourceName', 'apiKeyJwt'].every(
    (key) => textAt(body, key) !== '',
  )
  if (address === undefined || !whole) return answer('callbackIncomplete')
  const transfer = transfers.find('provider', id)
  if (transfer === undefined) return answer('callbackUnknownTransfer', { unknown: id })
  if (transfers.callBack(transfer, shortened(address))) return answer('callbackAccepted')
  return answer('callbackTooLate', { providerTransferId: id, state: transfer.provider.state })
}

/** The address's keys without their namespace. Short keys, but for `type`, are not understood, as by the real one. */
function shortened(address: JsonObject): Record<string, string> {
  const entries = Object.entries(address).map(([key, value]) => {
    const short = key.startsWith(NAMESPACE) ? key.slice(NAMESPACE.length) : key === 'type' ? key : undefined
    return typeof value === 'string' && short !== undefined ? ([short, value] as const) : undefined
  })
  return Object.fromEntries(entries.filter((entry) => entry !== undefined))
}

const NO_CONTENT: Answer = { status: 204, contentType: null, body: '' }

function ok(body: Json): Answer {
  return { status: 200, contentType: 'application/json', body }
}

function created({ clock }: ManagementContext, id: string): Answer {
  return ok(views.createdView(id, clock.now()))
}
