import { randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { eventually } from '../../support/eventually.ts'
import { ControlPlane, type ControlPlaneOptions } from './control-plane.ts'
import type { TransferProcess } from './process.ts'
import { consumerSide } from './protocol.ts'

/** What a consumer asks for. */
export interface TransferRequest {
  readonly assetId: string
  readonly transferType: string
  /** @default a new one */
  readonly agreementId?: string
  /** Text only: reaches the provider's data plane as the address of `start`, as EDC up to 0.18 lets it. */
  readonly dataDestination?: Readonly<Record<string, string>>
  /** For the consumer's own data plane. */
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly labels?: readonly string[]
}

/** A transfer as both sides know it. */
export interface Transfer {
  readonly consumerId: string
  readonly agreementId: string
  /** The provider's id, which is the processId of its data plane; waits until it was asked. */
  providerId(): Promise<string>
  /** The provider's side now. */
  atProvider(): TransferProcess | undefined
  atConsumer(): TransferProcess | undefined
}

/** Two control planes that know each other. */
export interface Pair {
  readonly provider: ControlPlane
  readonly consumer: ControlPlane
  /** The consumer begins a transfer; negotiation is taken as done. */
  request(request: TransferRequest): Transfer
  close(): Promise<void>
}

/** Starts a provider's and a consumer's control plane at free ports of 127.0.0.1. */
export async function startPair(options: ControlPlaneOptions = {}): Promise<Pair> {
  const provider = new ControlPlane('provider', options)
  const consumer = new ControlPlane('consumer', options)
  provider.link(consumer)
  consumer.link(provider)
  await Promise.all([provider.listen(), consumer.listen()])
  return {
    provider,
    consumer,
    request(request) {
      const consumerId = randomUUID()
      const agreementId = request.agreementId ?? randomUUID()
      consumer.begin(consumerSide(request, consumerId, agreementId))
      return {
        consumerId,
        agreementId,
        atProvider: () => provider.processOf(consumerId),
        atConsumer: () => consumer.process(consumerId),
        providerId: () =>
          eventually(
            `the provider to hear of ${consumerId}`,
            () => {
              const found = provider.processOf(consumerId)
              if (found !== undefined) return { done: found.id }
              const { state = 'unknown', errorDetail = '' } = consumer.process(consumerId) ?? {}
              if (state === 'TERMINATED') throw new Error(`the consumer ended the transfer: ${errorDetail}`)
              return { pending: `the consumer is at ${state}` }
            },
            { deadlineMs: 10_000, pauseMs: 2 },
          ),
      }
    },
    async close() {
      await Promise.all([provider.close(), consumer.close()])
    },
  }
}

/** The same for a test, gone when that is over. */
export async function pairFor(t: ExecutionContext, options?: ControlPlaneOptions): Promise<Pair> {
  const pair = await startPair(options)
  t.teardown(() => pair.close())
  return pair
}
