import { asObject, type Json, parseJson } from '../../demo/simulated-connector/json.ts'
import { type ConnectorPair, Dataspace, type DataAccess } from '../support/dataspace.ts'
import { eventually } from '../support/eventually.ts'
import { NAMESPACE } from '../support/management-client.ts'
import { callBack, callbackBody, type Provisioner } from '../support/provisioner.ts'
import { template, templates } from './templates.ts'

/** All that a connector pair said in one conversation, by kind and name; what differs from run to run is `{{named}}`. */
export interface Conversation {
  /** Requests to the service: the provision request. */
  readonly requests: Record<string, Json>
  /** Transfer events, by their type. */
  readonly events: Record<string, Json>
  /** Documents that the Management APIs show. */
  readonly documents: Record<string, Json>
  /** Answers to callbacks and calls: status, content type, body. */
  readonly answers: Record<string, Json>
}

/**
 * Leads a provider and a consumer through one transfer, with every answer on the way that a service or its tests can meet, and
 * returns what was said. The same conversation is held with a real pair and with the simulated connector.
 */
export async function converse(pair: ConnectorPair, provisioner: Provisioner, assetId: string): Promise<Conversation> {
  const dataspace = new Dataspace(pair)
  const names: Record<string, string> = {
    assetId,
    addressType: pair.addressType,
    unknown: 'no-such-id',
    protocolAddress: pair.providerProtocol,
  }
  const said: Conversation = { requests: {}, events: {}, documents: {}, answers: {} }
  const document = async (name: string, from: 'provider' | 'consumer', path: string, call?: Json): Promise<Json> => {
    const { body } = await manage(pair, from, path, call)
    said.documents[name] = body
    return body
  }
  const answer = async (name: string, given: Promise<Answer>) => {
    said.answers[name] = { ...(await given) }
  }

  // The offer and the agreement.
  await dataspace.publish({ assetId, properties: { title: 'an echo' } })
  const counterParty = {
    counterPartyId: 'provider',
    counterPartyAddress: pair.providerProtocol,
    protocol: 'dataspace-protocol-http',
  }
  const dataset = await document('dataset', 'consumer', '/v3/catalog/dataset/request', {
    '@type': 'DatasetRequest',
    '@id': assetId,
    ...counterParty,
  })
  names['offerId'] = text(dataset, 'odrl:hasPolicy', '@id')
  const policy = {
    '@context': 'http://www.w3.org/ns/odrl.jsonld',
    '@type': 'Offer',
    '@id': names['offerId'],
    assigner: 'provider',
    target: assetId,
  }
  const begun = await document('created', 'consumer', '/v3/contractnegotiations', {
    '@type': 'ContractRequest',
    ...counterParty,
    policy,
  })
  names['id'] = names['negotiationId'] = text(begun, '@id')
  said.documents['created'] = template(begun, names)
  delete names['id']
  names['agreementId'] = await eventually('the agreement', async () => {
    const negotiation = await document('negotiation', 'consumer', `/v3/contractnegotiations/${names['negotiationId']}`)
    return text(negotiation, 'state') === 'FINALIZED'
      ? { done: text(negotiation, 'contractAgreementId') }
      : { pending: 'not final' }
  })
  const agreement = await document('agreement', 'provider', `/v3/contractagreements/${names['agreementId']}`)
  names['policyId'] = text(agreement, 'policy', '@id')
  await document('asset', 'provider', `/v3/assets/${assetId}`)

  // The transfer, up to where it waits for the callback.
  const parameters = { EPOCHS: 3, NAME: 'Ä "quoted"' }
  names['parameters'] = JSON.stringify(parameters)
  const transferId = await dataspace.transfer(assetId, names['agreementId'], parameters)
  const waiting = await dataspace.providerReaches(transferId, ['PROVISIONING_REQUESTED'])
  const processId = waiting['@id']
  names['consumerTransferId'] = transferId
  names['providerTransferId'] = processId
  const request = await provisioner.requestOf(processId)
  names['resourceDefinitionId'] = request.resourceDefinitionId
  names['callbackAddress'] = request.callbackAddress
  const message = provisioner.received.find(({ body }) => body.includes(processId))
  said.requests['provision'] = {
    method: message?.method ?? '',
    path: message?.path ?? '',
    authentication: message?.headers.authorization ?? message?.headers['x-api-key']?.toString() ?? null,
    contentType: message?.headers['content-type'] ?? null,
    body: parseJson(message?.body ?? '') ?? null,
  }
  await document('providerAwaiting', 'provider', `/v3/transferprocesses/${processId}`)
  await document('consumerRequested', 'consumer', `/v3/transferprocesses/${transferId}`)
  await document('state', 'provider', `/v3/transferprocesses/${processId}/state`)

  // Callbacks that fail, then the one that counts.
  const good = callbackBody(request, provisioner.resultAddress())
  const callback = async (options: { key?: string; transferProcessId?: string; body?: unknown }) =>
    answerOf(await callBack(request, { body: good, ...options }))
  const key = pair.providerKey
  await answer('accessUnknown', manage(pair, 'consumer', '/v3/edrs/no-such-id/dataaddress'))
  await answer('callbackWithoutKey', callback({}))
  await answer('callbackWrongKey', callback({ key: 'wrong' }))
  await answer('callbackUnknownTransfer', callback({ key, transferProcessId: 'no-such-id' }))
  const { status, contentType, body } = await callback({ key, body: { edctype: good['edctype'] ?? null } })
  said.answers['callbackIncomplete'] = { status, contentType, body: sorted(body) } // the order of its complaints is nobody's promise
  await answer('callbackAccepted', callback({ key }))
  await dataspace.consumerReaches(transferId, ['STARTED'])
  const started = await dataspace.providerReaches(transferId, ['STARTED'])
  names['state'] = started.state
  said.answers['callbackTooLate'] = template(await callback({ key }), names)
  delete names['state']
  await document('providerStarted', 'provider', `/v3/transferprocesses/${processId}`)
  await document('consumerStarted', 'consumer', `/v3/transferprocesses/${transferId}`)

  // The consumer reads.
  const access = await dataspace.access(transferId)
  names['dataPlane'] = access.endpoint
  names['authorization'] = access.authorization
  await document('access', 'consumer', `/v3/edrs/${transferId}/dataaddress`)
  const read = async (path: string, headers: Record<string, string> = {}) =>
    answerOf(await dataspace.read(access, path, headers))
  await answer('read', read(''))
  await answer('readBelow', read('/files/a%20b.json?q=%C3%A4'))
  await answer('readRange', read('/files/a.json', { range: 'bytes=0-3' }))
  await answer('readNotFound', read('/status/404'))
  await answer('readRefused', read('/status/401'))
  await answer('readFailed', read('/status/410'))
  await answer('readPartial', read('/status/206'))
  await answer('readWithoutToken', fetch(access.endpoint).then(answerOf))
  await answer('readWrongToken', readAnswer(dataspace, { ...access, authorization: 'wrong' }))

  // The provider ends it.
  const reason = 'exit-code: the worker exited with 3'
  names['reason'] = reason
  const terminate = { '@type': 'TerminateTransfer', reason }
  await answer('terminateAccepted', manage(pair, 'provider', `/v3/transferprocesses/${processId}/terminate`, terminate))
  await dataspace.consumerReaches(transferId, ['TERMINATED'])
  const ended = await dataspace.providerReaches(transferId, ['DEPROVISIONING'])
  names['state'] = ended.state
  said.answers['terminateTooLate'] = template(
    await manage(pair, 'provider', `/v3/transferprocesses/${processId}/terminate`, terminate),
    names,
  )
  delete names['state']
  await document('providerEnded', 'provider', `/v3/transferprocesses/${processId}`)
  await document('consumerEnded', 'consumer', `/v3/transferprocesses/${transferId}`)
  const closed = await eventually('the data plane to close', async () => {
    const now = await readAnswer(dataspace, access)
    return now.status === 200 ? { pending: 'it still serves' } : { done: now }
  })
  names['tokenId'] = /ID '([^']+)'/.exec(JSON.stringify(closed.body))?.[1] ?? 'no token id'
  said.answers['readEnded'] = closed
  await answer('terminateUnknown', manage(pair, 'provider', '/v3/transferprocesses/no-such-id/terminate', terminate))
  await answer('transferUnknown', manage(pair, 'provider', '/v3/transferprocesses/no-such-id'))
  await answer('agreementUnknown', manage(pair, 'provider', '/v3/contractagreements/no-such-id'))
  await answer('assetUnknown', manage(pair, 'provider', '/v3/assets/no-such-id'))
  await answer('assetExists', manage(pair, 'provider', '/v3/assets', offered(assetId, pair.addressType)))

  // What the provider reported meanwhile.
  await eventually('the event of the end', () =>
    provisioner.events.some(
      (event) => event.type === 'TransferProcessTerminated' && event.payload.transferProcessId === processId,
    )
      ? { done: undefined }
      : { pending: `${provisioner.events.length} events came` },
  )
  for (const event of provisioner.events) {
    if (event.payload.transferProcessId !== processId) continue
    said.events[event.type] = template(parseJson(JSON.stringify(event)) ?? null, {
      ...names,
      eventId: String(event['id']),
    })
  }
  return {
    requests: templates(said.requests, names),
    events: said.events,
    documents: templates(said.documents, names),
    answers: templates(said.answers, names),
  }
}

function offered(assetId: string, type: string): Json {
  return {
    '@id': assetId,
    properties: { name: assetId },
    dataAddress: { type, name: assetId, baseUrl: 'http://localhost/compute' },
  }
}

function sorted(list: Json): Json {
  return Array.isArray(list) ? list.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))) : list
}

type Answer = { status: number; contentType: string | null; body: Json }

async function manage(
  pair: ConnectorPair,
  from: 'provider' | 'consumer',
  path: string,
  document?: Json,
): Promise<Answer> {
  const [base, key] =
    from === 'provider' ? [pair.providerManagement, pair.providerKey] : [pair.consumerManagement, pair.consumerKey]
  const body =
    document === undefined
      ? {}
      : { method: 'POST', body: JSON.stringify({ '@context': { '@vocab': NAMESPACE }, ...asObject(document) }) }
  return answerOf(
    await fetch(base + path, { headers: { 'x-api-key': key, 'content-type': 'application/json' }, ...body }),
  )
}

async function readAnswer(dataspace: Dataspace, access: DataAccess): Promise<Answer> {
  return answerOf(await dataspace.read(access))
}

async function answerOf(response: Response): Promise<Answer> {
  const body = await response.text()
  return { status: response.status, contentType: response.headers.get('content-type'), body: parseJson(body) ?? body }
}

/** The string at a path of keys; an error names what stands there instead. */
function text(value: Json, ...path: string[]): string {
  const found = path.reduce<Json | undefined>(
    (at, key) => (at !== null && typeof at === 'object' && !Array.isArray(at) ? at[key] : undefined),
    value,
  )
  if (typeof found !== 'string') throw new Error(`no text at ${path.join('.')} of ${JSON.stringify(value)}`)
  return found
}
