import { z } from 'zod'
import { eventually } from '../../support/eventually.ts'
import { administratorsReason, type PairUnderTest, type Shown, type Side } from '../stand-in/pair-under-test.ts'
import type { EdcConnector } from './edc-connector.ts'

const context = ['https://w3id.org/edc/connector/management/v2']
const protocol = 'dataspace-protocol-http:2025-1'

const created = z.looseObject({ '@id': z.string() })
const dataset = z.looseObject({ hasPolicy: z.union([created, z.array(created)]) })
const negotiation = z.looseObject({
  state: z.string(),
  contractAgreementId: z.string().optional(),
})
const transferProcess = z.looseObject({
  '@id': z.string(),
  state: z.string(),
  correlationId: z.string().optional(),
  errorDetail: z.string().nullish(),
})

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** A call of a connector's Management API. */
async function manage(connector: EdcConnector, method: string, path: string, document?: unknown): Promise<Answer> {
  const answer = await fetch(connector.managementUrl + path, {
    method,
    headers: { 'x-api-key': connector.key, 'content-type': 'application/json' },
    ...(document === undefined ? {} : { body: JSON.stringify(document) }),
    signal: AbortSignal.timeout(30_000),
  })
  const text = await answer.text()
  try {
    return { status: answer.status, body: JSON.parse(text) as unknown }
  } catch {
    return { status: answer.status, body: text }
  }
}

/** A real pair of connectors, to be tried as the stand-ins are. */
export function edcPair(connectors: Readonly<Record<Side, EdcConnector>>): PairUnderTest {
  const { provider, consumer } = connectors
  const call = async (
    side: Side,
    method: string,
    path: string,
    document?: Record<string, unknown>,
  ): Promise<unknown> => {
    const answer = await manage(connectors[side], method, path, document)
    if (answer.status >= 300)
      throw new Error(`${method} ${path} of the ${side}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const post = (side: Side, path: string, document: Record<string, unknown>) =>
    call(side, 'POST', path, { '@context': context, ...document })
  const counterParty = {
    counterPartyAddress: provider.protocolUrl,
    counterPartyId: provider.name,
    protocol,
  }

  /** Negotiates once; `undefined` where it was refused, which happens by itself when both connectors speak at the same moment. */
  async function negotiatedOnce(assetId: string): Promise<string | undefined> {
    const offer = dataset.parse(
      await post('consumer', '/v4/catalog/dataset/request', {
        '@type': 'DatasetRequest',
        '@id': assetId,
        ...counterParty,
      }),
    )
    const begun = created.parse(
      await post('consumer', '/v4/contractnegotiations', {
        '@type': 'ContractRequest',
        ...counterParty,
        policy: {
          '@type': 'Offer',
          '@id': [offer.hasPolicy].flat()[0]?.['@id'],
          assigner: provider.name,
          target: assetId,
          permission: [],
          prohibition: [],
          obligation: [],
        },
      }),
    )
    return eventually(`the negotiation for ${assetId}`, async () => {
      const { state, contractAgreementId } = negotiation.parse(
        await call('consumer', 'GET', `/v4/contractnegotiations/${begun['@id']}`),
      )
      if (state === 'TERMINATED') return { done: undefined }
      return state === 'FINALIZED' && contractAgreementId !== undefined
        ? { done: contractAgreementId }
        : { pending: `it is ${state}` }
    })
  }

  async function negotiated(assetId: string): Promise<string> {
    for (let tries = 1; tries <= 5; tries++) {
      const agreement = await negotiatedOnce(assetId)
      if (agreement !== undefined) return agreement
    }
    throw new Error(`five negotiations for ${assetId} were refused`)
  }

  return {
    management: (side) => ({ url: connectors[side].managementUrl, key: connectors[side].key }),
    restart: (side) => connectors[side].restart(),
    async offer({ assetId, metadata = {}, labels = [], profiles = [] }) {
      await post('provider', '/v4/assets', {
        '@type': 'Asset',
        '@id': assetId,
        properties: { name: assetId },
        dataplaneMetadata: { '@type': 'DataplaneMetadata', properties: metadata, labels, profiles },
      })
      const policy = { '@type': 'Set', permission: [], prohibition: [], obligation: [] }
      await post('provider', '/v4/policydefinitions', {
        '@type': 'PolicyDefinition',
        '@id': `policy-${assetId}`,
        policy,
      })
      const selector = {
        '@type': 'Criterion',
        operandLeft: 'https://w3id.org/edc/v0.0.1/ns/id',
        operator: '=',
        operandRight: assetId,
      }
      await post('provider', '/v4/contractdefinitions', {
        '@type': 'ContractDefinition',
        '@id': `offer-${assetId}`,
        accessPolicyId: `policy-${assetId}`,
        contractPolicyId: `policy-${assetId}`,
        assetsSelector: [selector],
      })
    },
    register: async (side, registration) => void (await call(side, 'PUT', '/v4/dataplanes', { ...registration })),
    unregister: async (side, id) => void (await manage(connectors[side], 'DELETE', `/v4/dataplanes/${id}`)),
    async request({ assetId, transferType, dataDestination, metadata }) {
      const contractId = await negotiated(assetId)
      const begun = await post('consumer', '/v4/transferprocesses', {
        '@type': 'TransferRequest',
        protocol,
        counterPartyAddress: provider.protocolUrl,
        contractId,
        transferType,
        ...(metadata === undefined
          ? {}
          : { dataplaneMetadata: { '@type': 'DataplaneMetadata', properties: metadata, labels: [], profiles: [] } }),
        ...(dataDestination === undefined ? {} : { dataDestination: { '@type': 'DataAddress', ...dataDestination } }),
      })
      return created.parse(begun)['@id']
    },
    async process(side, consumerId): Promise<Shown | undefined> {
      if (side === 'consumer') return shown((await manage(consumer, 'GET', `/v4/transferprocesses/${consumerId}`)).body)
      const all = z.array(z.unknown()).parse(
        await post('provider', '/v4/transferprocesses/request', {
          '@type': 'QuerySpec',
          filterExpression: [
            { '@type': 'Criterion', operandLeft: 'correlationId', operator: '=', operandRight: consumerId },
          ],
        }),
      )
      return all[0] === undefined ? undefined : shown(all[0])
    },
    async administer(side, id, action) {
      const types = { terminate: 'TerminateTransfer', suspend: 'SuspendTransfer', resume: undefined }
      const document = { '@context': context, '@type': types[action], reason: administratorsReason }
      const path = `/v4/transferprocesses/${id}/${action}`
      return (await manage(connectors[side], 'POST', path, action === 'resume' ? undefined : document)).status
    },
  }
}

function shown(body: unknown): Shown {
  const { '@id': id, state, errorDetail } = transferProcess.parse(body)
  return { id, state, reason: errorDetail ?? undefined }
}
