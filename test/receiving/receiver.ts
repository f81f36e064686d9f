import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { backoff } from '../../core/backoff.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store } from '../../core/ports/store.ts'
import type { Reception } from '../../core/reception/reception.ts'
import type { DataAddress, DataPlane, FlowMessage, FlowStatus } from '../../dps/data-plane.ts'
import { directoryStore } from '../../entrypoint/objects/directory.ts'
import { receivingDataPlane } from '../../entrypoint/receiving/data-plane.ts'
import type { ReceivingParts, ReceivingRules, Told } from '../../entrypoint/receiving/parts.ts'
import { stepReception } from '../../entrypoint/receiving/step-reception.ts'
import { underWay } from '../../entrypoint/receiving/under-way.ts'
import { openSqliteStore } from '../../entrypoint/stores/sqlite.ts'
import { type LogLine, recordingLogger } from '../support/recording-logger.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** The caller of every signal. */
export const caller = { controlPlaneId: 'consumer' }
/** Of the receiver's HTTP destination. */
export const tokenKey = 'token-key-0123456789-abcdefghijklmnop'

/** The consumer's side without listeners: its data plane, and its steps one by one in a time of its own. */
export interface Receiver {
  readonly dataPlane: DataPlane
  readonly parts: ReceivingParts
  readonly store: Store
  readonly objects: ObjectStore
  readonly log: readonly LogLine[]
  /** What the control plane was told, in order. */
  readonly told: readonly { readonly kind: string; readonly processId: string; readonly status: FlowStatus }[]
  /** Decides what the control plane makes of it. @default it takes everything */
  answer(decide: () => Told): void
  /** The reception of a process. */
  find(processId: string): Promise<Reception>
  /** Takes what is due, step by step; where nothing is due now but later, that time comes at once. Ends when nothing is due, or after so many steps. */
  run(mostSteps?: number): Promise<void>
  /** A prepared and started pull of an address. @returns its process id */
  pull(address: DataAddress): Promise<string>
  /** What lies in the object store of a reception, as text by path. */
  held(processId: string): Promise<Readonly<Record<string, string>>>
}

/** What a test changes of it. */
export interface ReceiverOptions {
  readonly rules?: Partial<ReceivingRules>
  readonly wrapStore?: (store: Store) => Store
  readonly wrapObjects?: (objects: ObjectStore) => ObjectStore
}

/** Makes one with state of its own. */
export async function receiver(t: ExecutionContext, options: ReceiverOptions = {}): Promise<Receiver> {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, 'objects'))
  let offset = 0
  const clock = { now: () => Date.now() + offset }
  const ids = { next: randomUUID }
  const plain = openSqliteStore(join(folder, 'state.db'), ids, clock)
  t.teardown(() => plain.close())
  const store = options.wrapStore?.(plain) ?? plain
  const directory = directoryStore(join(folder, 'objects'))
  const objects = options.wrapObjects?.(directory) ?? directory
  const logger = recordingLogger()
  const told: { kind: string; processId: string; status: FlowStatus }[] = []
  let decide = (): Told => ({ outcome: 'taken' })
  const fetches = underWay()
  t.teardown(() => fetches.close())
  const parts: ReceivingParts = {
    store,
    objects,
    clock,
    ids,
    logger,
    rules: {
      destination: 'http',
      allowedHosts: ['127.0.0.1'],
      maximumBytes: 2 ** 30,
      patienceMs: 60_000,
      manifest: 'optional',
      complete: true,
      credentialsMs: 3_600_000,
      ...options.rules,
    },
    publicUrl: () => 'https://consumer.example/base',
    tokenKeys: [tokenKey],
    controlPlane: () => ({
      async tell(kind, processId, status) {
        told.push({ kind, processId, status })
        return decide()
      },
    }),
    preparesLater: (_connectorId, profile) => profile.startsWith('Later-'),
    underWay: fetches,
    changed: () => undefined,
  }
  const dataPlane = receivingDataPlane(parts)
  const find = async (processId: string): Promise<Reception> => {
    const found = await plain.receptionOfProcess('consumer', processId)
    if (found === undefined) throw new Error(`there is no reception of ${processId}`)
    return found.value
  }
  return {
    dataPlane,
    parts,
    store: plain,
    objects: directory,
    log: logger.lines,
    told,
    answer: (given) => void (decide = given),
    find,
    async run(mostSteps = 200) {
      for (let steps = 0; steps < mostSteps; steps += 1) {
        const due = await plain.nextDue()
        if (due === undefined) return
        offset += Math.max(0, due - clock.now())
        const [item] = await plain.claim(clock.now(), 1, 30_000)
        if (item === undefined) continue
        try {
          await plain.finish(item, await stepReception(parts, item), 0, clock.now())
        } catch (error) {
          const stale = error instanceof Error && error.name === 'Stale'
          const failures = item.failures + (stale ? 0 : 1)
          await plain.finish(item, clock.now() + (stale ? 0 : backoff(failures, 1)), failures, clock.now())
        }
      }
    },
    async pull(dataAddress) {
      const message = prepareMessage('HttpData-PULL')
      await dataPlane.prepare(message, caller)
      await dataPlane.started(message.processId, { dataAddress }, caller)
      return message.processId
    },
    async held(processId) {
      const prefix = `received/${(await find(processId)).id}/`
      const held: Record<string, string> = {}
      for await (const { key } of directory.list(prefix)) {
        const body = await directory.open(key)
        held[key.slice(prefix.length)] = Buffer.concat(await Array.fromAsync(body ?? [])).toString()
      }
      return held
    },
  }
}

/** A prepare of a process of its own. */
export function prepareMessage(profile: string, more: Partial<FlowMessage> = {}): FlowMessage {
  return {
    messageId: randomUUID(),
    processId: randomUUID(),
    agreementId: 'agreement-1',
    datasetId: 'word-count',
    participantId: 'consumer',
    counterPartyId: 'provider',
    profile,
    claims: {},
    labels: [],
    metadata: {},
    ...more,
  }
}
