import { listAt, neededText, textAt } from './json.ts'
import type { ManagementApi } from './management-api.ts'
import type { Narration } from './narration.ts'
import { waitFor } from './wait.ts'

/** Whose asset is asked for. */
export interface CounterParty {
  readonly id: string
  /** Where its connector is reached by other connectors. */
  readonly address: string
}

/** Longest times for each part of the way, in milliseconds. */
const deadlines = { catalogue: 30_000, negotiation: 60_000, transfer: 600_000, access: 30_000 }

/** Finds the asset in the provider's catalogue and returns the id of its first offer. */
export async function findOffer(
  api: ManagementApi,
  provider: CounterParty,
  asset: string,
  tell: Narration,
): Promise<string> {
  const dataset = await waitFor(`the asset ${asset} in the provider’s catalogue`, deadlines.catalogue, async () => {
    const catalogue = await api.post('/v3/catalog/request', { '@type': 'CatalogRequest', ...asked(provider) })
    return listAt(catalogue, 'dcat:dataset').find((one) => textAt(one, '@id') === asset)
  })
  tell.step(`found in the catalogue of the provider’s connector: ${asset}`)
  tell.block(`${textAt(dataset, 'name')} ${textAt(dataset, 'version')}. ${textAt(dataset, 'description')}`)
  return neededText(listAt(dataset, 'odrl:hasPolicy')[0], '@id')
}

/** Negotiates a contract under an offer without conditions and returns the agreement's id. */
export async function negotiate(
  api: ManagementApi,
  provider: CounterParty,
  asset: string,
  offer: string,
  tell: Narration,
): Promise<string> {
  const begun = await api.post('/v3/contractnegotiations', {
    '@type': 'ContractRequest',
    ...asked(provider),
    policy: {
      '@context': 'http://www.w3.org/ns/odrl.jsonld',
      '@type': 'Offer',
      '@id': offer,
      assigner: provider.id,
      target: asset,
    },
  })
  const id = neededText(begun, '@id')
  const agreement = await waitFor(`negotiation ${id}`, deadlines.negotiation, async () => {
    const negotiation = await api.get(`/v3/contractnegotiations/${id}`)
    if (textAt(negotiation, 'state') === 'TERMINATED')
      throw new Error(`the provider refused: ${textAt(negotiation, 'errorDetail') || 'it gave no reason'}`)
    return textAt(negotiation, 'contractAgreementId') || undefined
  })
  tell.step(`negotiated: contract agreement ${agreement}`)
  return agreement
}

/** Starts a transfer by pull and waits until the provider's connector has given access to the result. */
export async function transfer(
  api: ManagementApi,
  provider: CounterParty,
  asset: string,
  agreement: string,
  parameters: Readonly<Record<string, unknown>>,
  tell: Narration,
): Promise<{ readonly endpoint: string; readonly authorization: string }> {
  const begun = await api.post('/v3/transferprocesses', {
    '@type': 'TransferRequest',
    ...asked(provider),
    connectorId: provider.id,
    assetId: asset,
    contractId: agreement,
    transferType: 'HttpData-PULL',
    // Parameters travel as JSON text, because connectors bruise nested values.
    dataDestination: { type: 'HttpProxy', params: JSON.stringify(parameters) },
  })
  const id = neededText(begun, '@id')
  tell.step(`started transfer ${id} with the parameters ${JSON.stringify(parameters)}`)
  tell.block('Now the provider’s connector asks dataspace-compute to provision: the job runs beside the data.')
  let last = ''
  await waitFor(`transfer ${id}`, deadlines.transfer, async () => {
    const state = textAt(await api.get(`/v3/transferprocesses/${id}`), 'state')
    if (state !== last && told.has(state)) tell.step(`the transfer is ${state}`)
    last = state
    if (state === 'TERMINATED') throw new Error('the provider ended the transfer: its job failed or was refused')
    return state === 'STARTED' ? state : undefined
  })
  const access = await waitFor(`access to transfer ${id}`, deadlines.access, () =>
    api.get(`/v3/edrs/${id}/dataaddress`),
  )
  return { endpoint: neededText(access, 'endpoint'), authorization: neededText(access, 'authorization') }
}

/** Reads the result from the provider's data plane. */
export async function fetchResult(access: {
  readonly endpoint: string
  readonly authorization: string
}): Promise<Buffer> {
  const response = await fetch(access.endpoint, {
    headers: { authorization: access.authorization },
    signal: AbortSignal.timeout(deadlines.access),
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  if (!response.ok) throw new Error(`the data plane answered ${response.status}: ${bytes.toString()}`)
  return bytes
}

/** States of a transfer that say something to a visitor. */
const told: ReadonlySet<string> = new Set(['REQUESTED', 'STARTED', 'TERMINATED'])

function asked(provider: CounterParty): Readonly<Record<string, unknown>> {
  return {
    counterPartyId: provider.id,
    counterPartyAddress: provider.address,
    protocol: 'dataspace-protocol-http',
  }
}
