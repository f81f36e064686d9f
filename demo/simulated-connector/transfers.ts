import { setTimeout as pause } from 'node:timers/promises'
import type { Clock, Ids } from '../../core/ports/clock.ts'
import type { JsonObject } from './json.ts'
import { event, provisionRequest, type Values } from './recordings.ts'
import { post, type ServiceAddress } from './service.ts'
import { type Agreement, ENDED, type Side, type Transfer, type TransferProcess } from './transfer.ts'

/** What the transfers need from around them. */
export interface TransfersOptions {
  readonly clock: Clock
  readonly ids: Ids
  /** Pause of the connectors' state machines, in milliseconds. */
  readonly tickMs: number
  /** Asked anew for each message. */
  readonly service: () => ServiceAddress
  /** Base of the address that the service calls back. */
  readonly callbackAddress: () => string
}

/** Statuses after which the provider asks again; every other one that is not 2xx ends the transfer. */
const RETRIED = new Set([500, 501, 502, 503, 504])
/** How long the provider tries to take a provisioned resource down before it gives up, in milliseconds; the real one takes 14 s. */
const DEPROVISION_MS = 5_000
/** What it says then, as recorded from EDC 0.10.0: it knows no provisioner for the address we called back with. */
const UNKNOWN_PROVISION_TYPE =
  'org.eclipse.edc.spi.EdcException: Unknown provision type org.eclipse.edc.connector.controlplane.provision.http.impl.HttpProvisionedContentResource'

/** The transfers between the two connectors: their states, and the messages that go with each change. */
export class Transfers {
  readonly #options: TransfersOptions
  readonly #transfers: Transfer[] = []
  readonly #closing = new AbortController()
  readonly #running = new Set<Promise<void>>()
  readonly #watchers = new Set<() => void>()
  #events: Promise<void> = Promise.resolve()

  constructor(options: TransfersOptions) {
    this.#options = options
  }

  /** The consumer asks for a transfer; the provider begins to provision it. */
  begin(agreement: Agreement, destination: JsonObject | undefined): Transfer {
    const now = this.#options.clock.now()
    const id = () => this.#options.ids.next()
    const transfer: Transfer = {
      provider: { id: id(), state: 'INITIAL', stateTimestamp: now },
      consumer: { id: id(), state: 'REQUESTED', stateTimestamp: now },
      agreement,
      destination,
      resourceDefinitionId: id(),
      createdAt: now,
      callbackLost: false,
    }
    this.#transfers.push(transfer)
    this.#report(transfer, 'TransferProcessInitiated')
    this.#run(() => this.#provision(transfer))
    return transfer
  }

  /** By the id of that side's transfer process. */
  find(side: Side, id: string): Transfer | undefined {
    return this.#transfers.find((transfer) => transfer[side].id === id)
  }

  all(): readonly Transfer[] {
    return this.#transfers
  }

  byToken(value: string): Transfer | undefined {
    return this.#transfers.find((transfer) => transfer.token?.value === value)
  }

  /**
   * The service calls back with an address. False where the transfer is past waiting for it. Before the service's answer to the
   * provision request was processed, the callback is taken and lost, as by the real one.
   */
  callBack(transfer: Transfer, address: Readonly<Record<string, string>>): boolean {
    switch (transfer.provider.state) {
      case 'INITIAL':
      case 'PROVISIONING':
        transfer.callbackLost = true
        return true
      case 'PROVISIONED':
        transfer.address = address
        return true
      case 'PROVISIONING_REQUESTED':
        transfer.address = address
        this.#move(transfer.provider, 'PROVISIONED')
        this.#report(transfer, 'TransferProcessProvisioned')
        this.#run(() => this.#start(transfer))
        return true
      default:
        return false
    }
  }

  /** One side ends the transfer. False where its own part is over already. */
  terminate(transfer: Transfer, by: Side, reason: string): boolean {
    if (ENDED.has(transfer[by].state)) return false
    if (by === 'provider') this.#endedByProvider(transfer, reason)
    else {
      transfer.consumer.errorDetail = reason
      this.#move(transfer.consumer, 'TERMINATED')
      this.#move(transfer.provider, 'TERMINATED') // and stays so; the data plane stays open
      this.#report(transfer, 'TransferProcessTerminated')
    }
    return true
  }

  /** Resolves as soon as `found` has a value; looked at after each change. Rejects when the connector is closed. */
  until<T>(found: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const closed = () => {
        this.#watchers.delete(look)
        reject(new Error('the simulated connector was closed'))
      }
      const look = () => {
        try {
          const value = found()
          if (value === undefined) return
          resolve(value)
        } catch (error) {
          reject(error)
        }
        this.#watchers.delete(look)
        this.#closing.signal.removeEventListener('abort', closed)
      }
      this.#closing.signal.addEventListener('abort', closed, { once: true })
      this.#watchers.add(look)
      look()
    })
  }

  /** Stops sending; what is under way is dropped. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all([...this.#running, this.#events])
  }

  async #provision(transfer: Transfer): Promise<void> {
    const { provider } = transfer
    const body = provisionRequest(this.#values(transfer))
    this.#move(provider, 'PROVISIONING')
    while (provider.state === 'PROVISIONING') {
      const status = await post(this.#options.service().provisionUrl, body, this.#closing.signal)
      await this.#tick() // until then our answer is not processed
      if (provider.state !== 'PROVISIONING') return // ended meanwhile
      if (status === undefined || RETRIED.has(status)) continue
      if (status < 200 || status > 299) {
        const what = `HttpProviderProvisioner: received fatal error code: ${status}`
        this.#endedByProvider(
          transfer,
          `Terminating transfer process ${provider.id} due to fatal provisioning errors: ${what}`,
        )
        return
      }
      this.#move(provider, 'PROVISIONING_REQUESTED')
      this.#report(transfer, 'TransferProcessProvisioningRequested')
      if (transfer.callbackLost) this.#endedByProvider(transfer, 'DataPlane not found')
    }
  }

  async #start(transfer: Transfer): Promise<void> {
    await this.#tick()
    if (transfer.provider.state !== 'PROVISIONED') return // ended meanwhile
    this.#move(transfer.provider, 'STARTING')
    if (transfer.address?.['type'] !== 'HttpData') {
      this.#endedByProvider(transfer, 'DataPlane not found')
      return
    }
    transfer.token = { id: this.#options.ids.next(), value: `simulated-${this.#options.ids.next()}` }
    this.#move(transfer.consumer, 'STARTED')
    this.#move(transfer.provider, 'STARTED')
    this.#report(transfer, 'TransferProcessStarted')
  }

  /** The provider tells the consumer, closes its data plane and takes down what was provisioned. */
  #endedByProvider(transfer: Transfer, reason: string): void {
    transfer.provider.errorDetail = reason
    delete transfer.token
    this.#move(transfer.provider, 'TERMINATED')
    this.#move(transfer.consumer, 'TERMINATED') // which learns no reason
    this.#report(transfer, 'TransferProcessTerminated', reason)
    this.#run(() => this.#deprovision(transfer))
  }

  async #deprovision(transfer: Transfer): Promise<void> {
    this.#move(transfer.provider, 'DEPROVISIONING')
    const calledBack = transfer.address !== undefined || transfer.callbackLost
    await pause(calledBack ? DEPROVISION_MS : this.#options.tickMs, undefined, { signal: this.#closing.signal })
    if (calledBack) transfer.provider.errorDetail = UNKNOWN_PROVISION_TYPE
    this.#move(transfer.provider, 'DEPROVISIONED')
  }

  #move(process: TransferProcess, state: string): void {
    process.state = state
    process.stateTimestamp = this.#options.clock.now()
    for (const look of this.#watchers) look()
  }

  /** Sends an event, after those before it; whether it arrives is not looked at. */
  #report(transfer: Transfer, type: string, reason?: string): void {
    const { eventsUrl } = this.#options.service()
    if (eventsUrl === undefined) return
    const body = event(type, { ...this.#values(transfer), reason: reason ?? null })
    this.#events = this.#send(this.#events, eventsUrl, body)
  }

  async #send(previous: Promise<void>, url: string, body: JsonObject): Promise<void> {
    await previous
    await post(url, body, this.#closing.signal)
  }

  #values(transfer: Transfer): Values {
    return {
      assetId: transfer.agreement.assetId,
      agreementId: transfer.agreement.id,
      providerTransferId: transfer.provider.id,
      resourceDefinitionId: transfer.resourceDefinitionId,
      callbackAddress: this.#options.callbackAddress(),
      eventId: this.#options.ids.next(),
      at: this.#options.clock.now(),
    }
  }

  #run(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted) throw error
      })
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  async #tick(): Promise<void> {
    await pause(this.#options.tickMs, undefined, { signal: this.#closing.signal })
  }
}
