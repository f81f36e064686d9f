import { z } from 'zod'
import type { ProvisionerSettings } from '../../../config/connectors.ts'
import type { Answer } from '../http.ts'
import { keyedClient } from '../keyed-client.ts'
import { edcNamespace, unexpected } from '../management-api.ts'

const created = z.looseObject({ '@id': z.string() })
const catalogue = z.looseObject({ 'dspace:participantId': z.string() })
const dataset = z.looseObject({ 'odrl:hasPolicy': z.union([created, z.array(created)]) })
const negotiation = z.looseObject({
  state: z.string(),
  contractAgreementId: z.string().optional(),
  errorDetail: z.string().optional(),
})
const transfer = z.looseObject({ '@id': z.string(), state: z.string(), errorDetail: z.string().optional() })

/** A negotiation as the connector shows it. */
export type ShownNegotiation = z.output<typeof negotiation>
/** A transfer process as the connector shows it. */
export type ShownTransfer = z.output<typeof transfer>

/** What a probe asks of a connector's Management API (v3, as EDC 0.10 has it). Every method throws where it is not answered as expected. */
export interface ProbeCalls {
  /** The connector's own participant id, as its catalogue tells it. */
  participantId(): Promise<string>
  /** Makes the probe's asset, where it is not there yet. */
  saveAsset(address: { readonly type: string; readonly baseUrl: string }): Promise<void>
  /** An agreement for the asset from an earlier probe. */
  agreement(): Promise<string | undefined>
  /** Offers the asset to everybody, for as long as its negotiation takes. */
  offer(): Promise<void>
  withdraw(): Promise<void>
  negotiate(participantId: string): Promise<string>
  negotiation(id: string): Promise<ShownNegotiation>
  endNegotiation(id: string): Promise<void>
  /** Begins a transfer; gives the consumer's side of it. */
  begin(agreementId: string, participantId: string): Promise<string>
  /** Both sides of the transfer: the consumer's, and the provider's once there is one. */
  sides(consumerId: string): Promise<{ readonly consumer: ShownTransfer; readonly provider?: ShownTransfer }>
  endTransfer(id: string): Promise<void>
  /** Removes the asset; `false` where the connector keeps it because an agreement names it. */
  removeAsset(): Promise<boolean>
}

/**
 * The calls of a probe, all about one asset.
 * @param protocolAddress the connector's own, so that it deals with itself
 */
export function probeCalls(settings: ProvisionerSettings, assetId: string, protocolAddress: string): ProbeCalls {
  const http = keyedClient(settings.managementUrl, settings)
  const party = { counterPartyAddress: protocolAddress, protocol: 'dataspace-protocol-http' }
  const post = async (path: string, body: object, taken: readonly number[] = [200]): Promise<Answer> => {
    const answer = await http.post(path, { '@context': { '@vocab': edcNamespace }, ...body })
    if (!taken.includes(answer.status)) throw refused(`POST ${path}`, answer)
    return answer
  }
  const ask = async <T>(path: string, body: object, schema: z.ZodType<T>): Promise<T> =>
    schema.parse((await post(path, body)).body)
  const get = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => {
    const answer = await http.get(path)
    if (answer.status !== 200) throw refused(`GET ${path}`, answer)
    return schema.parse(answer.body)
  }
  const remove = async (path: string, taken: readonly number[]): Promise<Answer> => {
    const answer = await http.delete(path)
    if (!taken.includes(answer.status)) throw refused(`DELETE ${path}`, answer)
    return answer
  }
  return {
    participantId: async () => {
      const body = { '@type': 'CatalogRequest', ...party, querySpec: { '@type': 'QuerySpec', limit: 1 } }
      return (await ask('/v3/catalog/request', body, catalogue))['dspace:participantId']
    },
    async saveAsset({ type, baseUrl }) {
      const asset = {
        '@id': assetId,
        '@type': 'Asset',
        properties: { name: 'dataspace-compute checks its connection with this; it is not offered' },
        dataAddress: { '@type': 'DataAddress', type, name: assetId, baseUrl },
      }
      await post('/v3/assets', asset, [200, 409])
    },
    agreement: async () =>
      (await ask('/v3/contractagreements/request', about('assetId', assetId), z.array(created)))[0]?.['@id'],
    async offer() {
      const policy = { '@context': 'http://www.w3.org/ns/odrl.jsonld', '@type': 'Set', permission: [] }
      await post('/v3/policydefinitions', { '@id': assetId, '@type': 'PolicyDefinition', policy }, [200, 409])
      const assetsSelector = [
        { '@type': 'Criterion', operandLeft: `${edcNamespace}id`, operator: '=', operandRight: assetId },
      ]
      const definition = { '@id': assetId, accessPolicyId: assetId, contractPolicyId: assetId, assetsSelector }
      await post('/v3/contractdefinitions', { '@type': 'ContractDefinition', ...definition }, [200, 409])
    },
    async withdraw() {
      await remove(`/v3/contractdefinitions/${encodeURIComponent(assetId)}`, [204, 200, 404])
      await remove(`/v3/policydefinitions/${encodeURIComponent(assetId)}`, [204, 200, 404])
    },
    async negotiate(counterPartyId) {
      const request = { '@type': 'DatasetRequest', '@id': assetId, ...party, counterPartyId }
      const offers = (await ask('/v3/catalog/dataset/request', request, dataset))['odrl:hasPolicy']
      const offer = Array.isArray(offers) ? offers[0] : offers
      if (offer === undefined)
        throw new Error('the connector does not show the offer of the probe in its own catalogue')
      const policy = {
        '@context': 'http://www.w3.org/ns/odrl.jsonld',
        '@type': 'Offer',
        '@id': offer['@id'],
        assigner: counterPartyId,
        target: assetId,
      }
      const body = { '@type': 'ContractRequest', ...party, counterPartyId, policy }
      return (await ask('/v3/contractnegotiations', body, created))['@id']
    },
    negotiation: (id) => get(`/v3/contractnegotiations/${id}`, negotiation),
    async endNegotiation(id) {
      const body = { '@type': 'TerminateNegotiation', '@id': id, reason: 'the check is over' }
      await post(`/v3/contractnegotiations/${id}/terminate`, body, [204, 200, 404, 409])
    },
    begin: async (contractId, connectorId) => {
      const body = { '@type': 'TransferRequest', assetId, contractId, connectorId, transferType: 'HttpData-PULL' }
      return (await ask('/v3/transferprocesses', { ...body, ...party }, created))['@id']
    },
    async sides(consumerId) {
      const consumer = await get(`/v3/transferprocesses/${consumerId}`, transfer)
      const found = await ask('/v3/transferprocesses/request', about('correlationId', consumerId), z.array(transfer))
      const provider = found[0]
      return { consumer, ...(provider === undefined ? {} : { provider }) }
    },
    async endTransfer(id) {
      const body = { '@type': 'TerminateTransfer', reason: 'the check is over' }
      await post(`/v3/transferprocesses/${id}/terminate`, body, [204, 200, 404, 409])
    },
    removeAsset: async () =>
      (await remove(`/v3/assets/${encodeURIComponent(assetId)}`, [204, 200, 404, 409])).status !== 409,
  }
}

/** A query of what has a value. */
function about(operandLeft: string, operandRight: string): object {
  return { '@type': 'QuerySpec', filterExpression: [{ operandLeft, operator: '=', operandRight }] }
}

/** Longest part of an answer that goes into a message, in characters. */
const shownCharacters = 300

function refused(call: string, answer: Answer): Error {
  const said = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
  return new Error(`${unexpected(call, answer).message} (${said.slice(0, shownCharacters)})`)
}
