import { z } from 'zod'
import { eventually } from './eventually.ts'
import { type ManagementClient, ManagementError, managementClient, NAMESPACE } from './management-client.ts'

/** Where a provider's and a consumer's connector are reached by their operators, and the provider by other connectors. */
export interface ConnectorPair {
  readonly providerManagement: string
  readonly providerKey: string
  /** Where the consumer's connector reaches the provider's by the dataspace protocol. */
  readonly providerProtocol: string
  readonly consumerManagement: string
  readonly consumerKey: string
  /** The `type` of a data address for which the provider's HTTP provisioner asks the service under test. */
  readonly addressType: string
}

/** An asset as the provider's administrator offers it. */
export interface Offer {
  readonly assetId: string
  readonly properties?: Record<string, string>
  /** Not used by the connector, but its validator wants a URL. */
  readonly baseUrl?: string
}

/** A transfer process as a connector shows it; fields not named here stay as they are. */
export type TransferProcess = z.infer<typeof TransferProcess>
const TransferProcess = z.looseObject({
  '@id': z.string(),
  state: z.string(),
  type: z.enum(['CONSUMER', 'PROVIDER']),
  correlationId: z.string().optional(),
  assetId: z.string().optional(),
  contractId: z.string().optional(),
  transferType: z.string().optional(),
  errorDetail: z.string().optional(),
  dataDestination: z.record(z.string(), z.unknown()).optional(),
})

/** What the consumer calls to read the data: `endpoint` with `authorization` as its Authorization header. */
export type DataAccess = z.infer<typeof DataAccess>
const DataAccess = z.looseObject({ endpoint: z.string(), authorization: z.string() })

const Created = z.looseObject({ '@id': z.string() })
const Dataset = z.looseObject({ 'odrl:hasPolicy': z.union([Created, z.array(Created)]) })
const Negotiation = z.looseObject({
  state: z.string(),
  contractAgreementId: z.string().optional(),
  errorDetail: z.string().optional(),
})

const PROTOCOL = 'dataspace-protocol-http'
const PROVIDER = 'provider'

/**
 * States of a transfer that is over. A provider that ended it itself goes on from TERMINATED to DEPROVISIONING at once and (EDC
 * 0.10, after four tries, some 14 s) to DEPROVISIONED, so TERMINATED alone may never be seen there.
 */
export const ENDED = ['TERMINATED', 'COMPLETED', 'DEPROVISIONING', 'DEPROVISIONING_REQUESTED', 'DEPROVISIONED'] as const

/**
 * The administrator of a provider and a consumer, at their connectors' Management APIs (v3). It works alike on a real pair
 * (EDC 0.10) and on the simulated connector.
 */
export class Dataspace {
  readonly provider: ManagementClient
  readonly consumer: ManagementClient
  readonly #pair: ConnectorPair

  constructor(pair: ConnectorPair) {
    this.#pair = pair
    this.provider = managementClient(pair.providerManagement, pair.providerKey)
    this.consumer = managementClient(pair.consumerManagement, pair.consumerKey)
  }

  /** The provider offers the asset to everybody. May be repeated; an asset that is there already is updated. */
  async publish({ assetId, properties = {}, baseUrl = 'http://localhost/compute' }: Offer): Promise<void> {
    const asset = {
      '@id': assetId,
      properties: { name: assetId, ...properties },
      dataAddress: { type: this.#pair.addressType, name: assetId, baseUrl },
    }
    const { status } = await this.provider.send('POST', '/v3/assets', asset, [409])
    if (status === 409) await this.provider.send('PUT', '/v3/assets', asset)
    const policy = {
      '@context': 'http://www.w3.org/ns/odrl.jsonld',
      '@type': 'Set',
      permission: [],
      prohibition: [],
      obligation: [],
    }
    await this.provider.send('POST', '/v3/policydefinitions', { '@id': 'everybody', policy }, [409])
    const selector = { '@type': 'Criterion', operandLeft: `${NAMESPACE}id`, operator: '=', operandRight: assetId }
    const definition = {
      '@id': `offer-${assetId}`,
      accessPolicyId: 'everybody',
      contractPolicyId: 'everybody',
      assetsSelector: [selector],
    }
    await this.provider.send('POST', '/v3/contractdefinitions', definition, [409])
  }

  /** The consumer finds the asset in the provider's catalogue and negotiates; returns the agreement's id. */
  async negotiate(assetId: string, deadlineMs = 30_000): Promise<string> {
    const counterParty = {
      counterPartyId: PROVIDER,
      counterPartyAddress: this.#pair.providerProtocol,
      protocol: PROTOCOL,
    }
    const catalogue = await this.consumer.send('POST', '/v3/catalog/dataset/request', {
      '@type': 'DatasetRequest',
      '@id': assetId,
      ...counterParty,
    })
    const policies = Dataset.parse(catalogue.body)['odrl:hasPolicy']
    const offer = Array.isArray(policies) ? policies[0] : policies
    if (offer === undefined) throw new Error(`the catalogue has no offer for ${assetId}`)
    const policy = {
      '@context': 'http://www.w3.org/ns/odrl.jsonld',
      '@type': 'Offer',
      '@id': offer['@id'],
      assigner: PROVIDER,
      target: assetId,
    }
    const begun = await this.consumer.send('POST', '/v3/contractnegotiations', {
      '@type': 'ContractRequest',
      ...counterParty,
      policy,
    })
    const id = Created.parse(begun.body)['@id']
    return eventually(
      `negotiation ${id} for ${assetId}`,
      async () => {
        const { state, contractAgreementId, errorDetail } = Negotiation.parse(
          await this.consumer.get(`/v3/contractnegotiations/${id}`),
        )
        if (state === 'TERMINATED')
          throw new Error(`negotiation ${id} for ${assetId} was refused: ${errorDetail ?? 'no reason given'}`)
        return state === 'FINALIZED' && contractAgreementId
          ? { done: contractAgreementId }
          : { pending: `it is ${state}` }
      },
      { deadlineMs },
    )
  }

  /**
   * The consumer starts a transfer by pull and gets the id of its own transfer process.
   * Parameters travel as JSON text in `dataDestination.params`.
   */
  async transfer(assetId: string, agreementId: string, parameters?: Record<string, unknown>): Promise<string> {
    const destination = parameters === undefined ? undefined : { type: 'HttpProxy', params: JSON.stringify(parameters) }
    return this.#begin('HttpData-PULL', assetId, agreementId, destination)
  }

  /** The same by push: the provider's data plane posts the result to `sink`. */
  async push(assetId: string, agreementId: string, sink: string, parameters: Record<string, unknown>): Promise<string> {
    const destination = { type: 'HttpData', baseUrl: sink, params: JSON.stringify(parameters) }
    return this.#begin('HttpData-PUSH', assetId, agreementId, destination)
  }

  async #begin(
    transferType: string,
    assetId: string,
    agreementId: string,
    destination: Record<string, string> | undefined,
  ): Promise<string> {
    const begun = await this.consumer.send('POST', '/v3/transferprocesses', {
      '@type': 'TransferRequest',
      assetId,
      contractId: agreementId,
      connectorId: PROVIDER,
      counterPartyAddress: this.#pair.providerProtocol,
      protocol: PROTOCOL,
      transferType,
      ...(destination === undefined ? {} : { dataDestination: destination }),
    })
    return Created.parse(begun.body)['@id']
  }

  /** The consumer's side of a transfer, by its own id. */
  async consumerTransfer(id: string): Promise<TransferProcess> {
    return TransferProcess.parse(await this.consumer.get(`/v3/transferprocesses/${id}`))
  }

  /** The provider's side of a transfer, by the consumer's id; undefined until the provider has been asked. */
  async providerTransfer(consumerId: string): Promise<TransferProcess | undefined> {
    const filterExpression = [{ operandLeft: 'correlationId', operator: '=', operandRight: consumerId }]
    const { body } = await this.provider.send('POST', '/v3/transferprocesses/request', {
      '@type': 'QuerySpec',
      filterExpression,
    })
    return z.array(TransferProcess).parse(body)[0]
  }

  /** Waits until the consumer's side is in one of the states; fails when it ends in another. */
  async consumerReaches(id: string, states: readonly string[], deadlineMs = 60_000): Promise<TransferProcess> {
    return eventually(
      `consumer's transfer ${id} to be ${states.join(' or ')}`,
      async () => reached(await this.consumerTransfer(id), states),
      { deadlineMs },
    )
  }

  /** Waits until the provider's side of the consumer's transfer is in one of the states; fails when it ends in another. */
  async providerReaches(consumerId: string, states: readonly string[], deadlineMs = 60_000): Promise<TransferProcess> {
    return eventually(
      `provider's side of ${consumerId} to be ${states.join(' or ')}`,
      async () => {
        const transfer = await this.providerTransfer(consumerId)
        return transfer === undefined ? { pending: 'the provider does not know it yet' } : reached(transfer, states)
      },
      { deadlineMs },
    )
  }

  /** Where the consumer reads the data of a started transfer; waits until its connector has stored the address. */
  async access(id: string, deadlineMs = 10_000): Promise<DataAccess> {
    return eventually(
      `the data address of ${id}`,
      async () => {
        try {
          return { done: DataAccess.parse(await this.consumer.get(`/v3/edrs/${id}/dataaddress`)) }
        } catch (error) {
          if (error instanceof ManagementError && error.status === 404) return { pending: error.message }
          throw error
        }
      },
      { deadlineMs },
    )
  }

  /** Reads through the provider's data plane; `path` starts with a slash or is empty, and may have a query. */
  async read(access: DataAccess, path = '', headers: Record<string, string> = {}): Promise<Response> {
    return fetch(access.endpoint + path, {
      headers: { ...headers, authorization: access.authorization },
      signal: AbortSignal.timeout(60_000),
    })
  }

  /** The consumer ends its transfer. */
  async terminate(id: string, reason: string): Promise<void> {
    await this.consumer.send('POST', `/v3/transferprocesses/${id}/terminate`, { '@type': 'TerminateTransfer', reason })
  }

  /** publish, negotiate and transfer in one: returns the consumer's transfer id and the agreement's. */
  async request(
    offer: Offer,
    parameters?: Record<string, unknown>,
  ): Promise<{ transferId: string; agreementId: string }> {
    await this.publish(offer)
    const agreementId = await this.negotiate(offer.assetId)
    return { transferId: await this.transfer(offer.assetId, agreementId, parameters), agreementId }
  }
}

function reached(
  transfer: TransferProcess,
  states: readonly string[],
): { done: TransferProcess } | { pending: string } {
  if (states.includes(transfer.state)) return { done: transfer }
  if (!ENDED.some((state) => state === transfer.state)) return { pending: `it is ${transfer.state}` }
  throw new Error(
    `transfer ${transfer['@id']} ended ${transfer.state} instead of ${states.join(' or ')}: ${transfer.errorDetail ?? 'no reason given'}`,
  )
}
