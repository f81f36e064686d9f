import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { eventually } from '../../support/eventually.ts'
import { bruised } from './bruised.ts'
import { DataPlanes } from './data-planes.ts'
import type { Decide } from './faults.ts'
import { Ledger } from './ledger.ts'
import { type Calling, Listener } from './listener.ts'
import { Machine } from './machine.ts'
import type { Generation, Speaker } from './messages.ts'
import { isOver, type ProcessState, type TransferProcess } from './process.ts'
import { ProcessStore } from './process-store.ts'
import { type Asset, type ProtocolAnswer, type ProtocolMessage, receive } from './protocol.ts'
import { type Sending, SignalingClient } from './signaling-client.ts'

/** How a stand-in behaves; what is left out is as in EDC 0.18, only quicker. */
export interface ControlPlaneOptions {
  /** @default 'rc2', as EDC up to 0.18 */
  readonly generation?: Generation
  /** From a change of a process to the next step, in milliseconds. @default 5 */
  readonly tickMs?: number
  /** From a data plane's answer to its being stored, in which callbacks come too early, in milliseconds. @default 5 */
  readonly storeMs?: number
  /** How long a data plane may take to answer, in milliseconds. @default 30 000 */
  readonly answerTimeoutMs?: number
  /** How long a process stays leased that somebody threw away, in milliseconds. @default 60 000 */
  readonly leaseMs?: number
}

/** One control plane at an address of its own. Its methods stand for its administrator; the other side is reached through `peer`. */
export class ControlPlane {
  readonly name: 'provider' | 'consumer'
  readonly key: string
  readonly ledger = new Ledger()
  readonly dataPlanes = new DataPlanes()
  readonly #store: ProcessStore
  readonly #machine: Machine
  readonly #client: SignalingClient
  readonly #listener: Listener
  readonly #assets = new Map<string, Asset>()
  #peer: ControlPlane | undefined
  #onProtocol: Decide<ProtocolMessage> = () => undefined

  constructor(name: 'provider' | 'consumer', options: ControlPlaneOptions = {}) {
    const { generation = 'rc2', tickMs = 5, storeMs = 5, answerTimeoutMs = 30_000, leaseMs = 60_000 } = options
    const { ledger, dataPlanes } = this
    this.name = name
    this.key = `${name}-key`
    this.#store = new ProcessStore(leaseMs)
    this.#client = new SignalingClient(ledger, answerTimeoutMs)
    this.#listener = new Listener({ key: this.key, store: this.#store, dataPlanes, ledger })
    const speaker = (): Speaker => ({
      generation,
      participantId: name,
      counterPartyId: name === 'provider' ? 'consumer' : 'provider',
      callbackAddress: this.signalingUrl,
    })
    const send = (message: ProtocolMessage) => this.#send(message)
    this.#machine = new Machine(this.#store, { speaker, dataPlanes, client: this.#client, send }, { tickMs, storeMs })
    this.#store.onSave = (process) => {
      ledger.state(process.id, process.state)
      this.#machine.look(process.id)
    }
  }

  /** Base of the callbacks; `callbackAddress` of the messages. */
  get signalingUrl(): string {
    return `${this.#listener.url}/api/signaling`
  }

  /** Base of the Management API, which wants `key` as `x-api-key`. */
  get managementUrl(): string {
    return `${this.#listener.url}/management`
  }

  listen(): Promise<void> {
    return this.#listener.listen()
  }

  async close(): Promise<void> {
    this.#machine.stop()
    await this.#listener.close()
  }

  /** Says who is on the other side. */
  link(peer: ControlPlane): void {
    this.#peer = peer
  }

  /** Offers an asset; its metadata reaches the data plane as bruised as EDC does it. */
  offer(asset: Asset): void {
    this.#assets.set(asset.assetId, asset)
  }

  /** Registers a data plane, as `PUT /v4/dataplanes` does. */
  register(registration: Readonly<Record<string, unknown>>): void {
    this.dataPlanes.put(registration)
  }

  /** Begins a transfer with a process of this side, in INITIAL. */
  begin(process: TransferProcess): void {
    this.#store.save(process)
  }

  process(id: string): TransferProcess | undefined {
    return this.#store.find(id)
  }

  /** This side's process of a transfer, by the other side's id. */
  processOf(correlationId: string): TransferProcess | undefined {
    return this.#store.all().find((process) => process.correlationId === correlationId)
  }

  isLeased(id: string): boolean {
    return this.#store.isLeased(id)
  }

  /** Waits until the process is in one of the states. Fails when it ends in another. */
  async reaches(
    id: string,
    states: ProcessState | readonly ProcessState[],
    deadlineMs = 10_000,
  ): Promise<TransferProcess> {
    const wanted: readonly string[] = [states].flat()
    return eventually(
      `${this.name}'s process ${id} to be ${wanted.join(' or ')}`,
      () => {
        const process = this.#store.find(id)
        if (process === undefined) return { pending: 'it is unknown' }
        if (wanted.includes(process.state)) return { done: process }
        if (!isOver(process)) return { pending: `it is ${process.state}` }
        throw new Error(`process ${id} ended ${process.state}: ${process.errorDetail ?? 'no reason given'}`)
      },
      { deadlineMs, pauseMs: 2 },
    )
  }

  /** The administrator's calls, answered as by the Management API: 204, or 409 where it cannot be or the process is leased. */
  terminate(id: string, reason: string): number {
    return this.#administer(id, 'terminate', { reason })
  }

  suspend(id: string, reason: string): number {
    return this.#administer(id, 'suspend', { reason })
  }

  resume(id: string): number {
    return this.#administer(id, 'resume', {})
  }

  /** Faults of the exchanges that begin at the data plane (callbacks, Management API), or here (signals, messages to the other side). */
  faults(decide: {
    readonly callback?: Decide<Calling>
    readonly management?: Decide<{ readonly call: string }>
    readonly signal?: Decide<Sending>
    readonly protocol?: Decide<ProtocolMessage>
  }): void {
    this.#listener.onCallback = decide.callback ?? (() => undefined)
    this.#listener.onManagement = decide.management ?? (() => undefined)
    this.#client.decide = decide.signal ?? (() => undefined)
    this.#onProtocol = decide.protocol ?? (() => undefined)
  }

  /** Leaves processes in that state alone until the function returned is called. */
  hold(state: ProcessState): () => void {
    return this.#machine.hold(state)
  }

  /**
   * The next answer to the signal of that state (INITIAL: `prepare` and `start`) is lost with the process that would have stored it: the
   * signal comes again with another messageId.
   */
  forgetNextAnswer(state: ProcessState): void {
    this.#machine.forgetNext(state)
  }

  /**
   * Stops and starts again at the same address. With in-memory stores (`lost`) processes, registrations and assets are gone.
   * @param mountMs how long the Management API answers 405 afterwards, in milliseconds
   * @param downMs how long nobody listens, in milliseconds
   */
  async restart({
    stores = 'lost',
    mountMs = 0,
    downMs = 0,
  }: {
    stores?: 'lost' | 'kept'
    mountMs?: number
    downMs?: number
  } = {}): Promise<void> {
    await this.close()
    this.#store.restart(stores)
    if (stores === 'lost') {
      this.dataPlanes.clear()
      this.#assets.clear()
    }
    await pause(downMs)
    await this.#listener.listenAnew(mountMs)
    this.#machine.restart()
  }

  /** A message of the other side. */
  receive(message: ProtocolMessage): ProtocolAnswer {
    const asset = (id: string) => this.#assets.get(id)
    return receive({ store: this.#store, dataPlanes: this.dataPlanes, asset, create: providerSide }, message)
  }

  async #send(message: ProtocolMessage): Promise<ProtocolAnswer> {
    const fault = this.#onProtocol(message)
    const cut = { status: 503, detail: 'the connection was cut' }
    if (fault === 'cut-before' || this.#peer === undefined) return cut
    if (typeof fault === 'object' && 'status' in fault) return { status: fault.status, detail: fault.body ?? '' }
    if (typeof fault === 'object') await pause(fault.lateMs)
    const answer = this.#peer.receive(message)
    return fault === 'cut-after' ? cut : answer
  }

  #administer(id: string, action: string, document: Record<string, unknown>): number {
    const body = { '@context': ['https://w3id.org/edc/connector/management/v2'], ...document }
    return this.#listener.manage('POST', `/v4/transferprocesses/${id}/${action}`, body).status
  }
}

function providerSide(
  { consumerPid, assetId, agreementId, transferType, dataAddress }: Extract<ProtocolMessage, { type: 'request' }>,
  { labels = [], metadata = {} }: Asset,
): TransferProcess {
  return {
    id: randomUUID(),
    role: 'PROVIDER',
    state: 'INITIAL',
    stateTimestamp: Date.now(),
    correlationId: consumerPid,
    assetId,
    agreementId,
    transferType,
    claims: { client_id: 'consumer' },
    labels,
    metadata: bruised(metadata),
    ownsAddress: false,
    ...(dataAddress === undefined ? {} : { dataAddress }),
  }
}
