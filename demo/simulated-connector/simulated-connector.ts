import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Clock, Ids } from '../../core/ports/clock.ts'
import { serveDataPlane } from './data-plane.ts'
import { listen, readJson, reply, stop } from './http.ts'
import { Ledger } from './ledger.ts'
import { manage } from './management-api.ts'
import type { ServiceAddress } from './service.ts'
import { ENDED, type Side, type TransferProcess } from './transfer.ts'
import { Transfers } from './transfers.ts'

/** How a simulated connector is set up. */
export interface SimulatedConnectorOptions {
  readonly clock: Clock
  readonly ids: Ids
  /** What the service must send as x-api-key to the provider's Management API. */
  readonly managementKey: string
  /** The consumer's own key; default: `consumer-management-key`. */
  readonly consumerKey?: string
  /** Where the service is; may be told later with `serviceAt`, but before the first transfer. */
  readonly provisionUrl?: string
  /** Where transfer events go; none are sent without it. */
  readonly eventsUrl?: string
  /** Pause of the state machines in milliseconds; default 50. A transfer spends two of them besides the service's time. */
  readonly tickMs?: number
}

/** What the consumer needs to read: `fetch(endpoint + path, { headers: { authorization } })`. */
export interface SimulatedAccess {
  readonly endpoint: string
  readonly authorization: string
}

/** A provider's and a consumer's connector, played by one server on loopback. */
export interface SimulatedConnector {
  /** The provider's Management API; the service calls back below it, and asks it about transfers and agreements. */
  readonly providerManagement: string
  readonly providerKey: string
  /** Stands for the provider's protocol address; nothing is served there. */
  readonly providerProtocol: string
  readonly consumerManagement: string
  readonly consumerKey: string
  /** The data address type of assets that are provisioned at the service. */
  readonly addressType: string
  /** Says where the service is. */
  serviceAt(address: ServiceAddress): void
  /** The provider offers an asset, and the consumer negotiates for it and asks for a transfer; returns the ids of both sides. */
  request(
    assetId: string,
    parameters?: Readonly<Record<string, unknown>>,
  ): { consumerTransferId: string; providerTransferId: string }
  /** How one side's transfer process stands. */
  transfer(side: Side, transferId: string): Readonly<TransferProcess>
  /** Resolves as soon as the consumer's transfer is STARTED, with what opens the data plane; rejects when it ended instead. */
  started(consumerTransferId: string): Promise<SimulatedAccess>
  /** Resolves as soon as the consumer's transfer is over, however it ended. */
  ended(consumerTransferId: string): Promise<Readonly<TransferProcess>>
  /** The consumer ends its transfer. */
  terminate(consumerTransferId: string, reason: string): void
  close(): Promise<void>
}

/** Starts it at a free port of 127.0.0.1. */
export async function startSimulatedConnector(options: SimulatedConnectorOptions): Promise<SimulatedConnector> {
  const { clock, ids, managementKey, consumerKey = 'consumer-management-key', tickMs = 50 } = options
  let service: ServiceAddress | undefined =
    options.provisionUrl === undefined
      ? undefined
      : { provisionUrl: options.provisionUrl, eventsUrl: options.eventsUrl }
  let origin = ''
  const ledger = new Ledger(clock, ids)
  const transfers = new Transfers({
    clock,
    ids,
    tickMs,
    service: () => {
      if (service === undefined)
        throw new Error('the simulated connector was not told where the service is: call serviceAt first')
      return service
    },
    callbackAddress: () => `${origin}/provider/management/callback`,
  })
  const context = {
    ledger,
    transfers,
    clock,
    keys: { provider: managementKey, consumer: consumerKey },
    dataPlane: () => `${origin}/public`,
    protocolAddress: () => `${origin}/provider/protocol`,
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '/'
    const [, who, path] = /^\/(provider|consumer)\/management(\/[^?]*)/.exec(url) ?? []
    if (who !== undefined && path !== undefined) {
      const side: Side = who === 'provider' ? 'provider' : 'consumer'
      const key = request.headers['x-api-key']?.toString()
      const call = { side, method: request.method ?? '', path, key, body: await readJson(request) }
      reply(response, manage(context, call))
    } else if (/^\/public(?![^/?])/.test(url)) serveDataPlane(transfers, request, response, url.slice('/public'.length))
    else reply(response, { status: 404, contentType: null, body: '' })
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) =>
      reply(response, { status: 500, contentType: 'text/plain', body: String(error) }),
    )
  })
  origin = await listen(server)

  const find = (side: Side, id: string) => {
    const transfer = transfers.find(side, id)
    if (transfer === undefined) throw new Error(`the ${side} has no transfer ${id}`)
    return transfer
  }
  return {
    providerManagement: `${origin}/provider/management`,
    providerKey: managementKey,
    providerProtocol: context.protocolAddress(),
    consumerManagement: `${origin}/consumer/management`,
    consumerKey,
    addressType: 'HttpProvision',
    serviceAt(address) {
      service = address
    },
    request(assetId, parameters) {
      if (ledger.asset(assetId) === undefined)
        ledger.putAsset(assetId, { name: assetId }, { type: 'HttpProvision', name: assetId })
      const destination =
        parameters === undefined ? undefined : { type: 'HttpProxy', params: JSON.stringify(parameters) }
      const { consumer, provider } = transfers.begin(ledger.agree(assetId), destination)
      return { consumerTransferId: consumer.id, providerTransferId: provider.id }
    },
    transfer: (side, id) => ({ ...find(side, id)[side] }),
    started(id) {
      const transfer = find('consumer', id)
      return transfers.until(() => {
        if (ENDED.has(transfer.consumer.state))
          throw new Error(`transfer ${id} ended ${transfer.consumer.state} and never started`)
        if (transfer.consumer.state !== 'STARTED' || transfer.token === undefined) return undefined
        return { endpoint: context.dataPlane(), authorization: transfer.token.value }
      })
    },
    ended(id) {
      const { consumer } = find('consumer', id)
      return transfers.until(() => (ENDED.has(consumer.state) ? { ...consumer } : undefined))
    },
    terminate(id, reason) {
      transfers.terminate(find('consumer', id), 'consumer', reason)
    },
    async close() {
      await transfers.close()
      await stop(server)
    },
  }
}
