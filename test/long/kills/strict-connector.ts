import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { listen, readJson, reply, stop } from '../../../demo/simulated-connector/http.ts'
import { asObject, type Json, objectAt, textAt } from '../../../demo/simulated-connector/json.ts'
import { type Answer, answer, document, event, provisionRequest } from '../../../demo/simulated-connector/recordings.ts'
import { post } from '../../../demo/simulated-connector/service.ts'
import type { Random } from './random.ts'

/** A transfer process, with the account that the connector keeps of what was done to it. */
export interface StrictProcess {
  readonly id: string
  readonly definitionId: string
  readonly agreementId: string
  readonly assetId: string
  /** JSON text of the consumer's parameters. */
  readonly parameters: string
  state: string
  /** The address that it was told, without namespaces. */
  address?: Readonly<Record<string, string>>
  /** Whether our answer to its message was processed. */
  answered: boolean
  /** How often an address took effect, and a termination by the service. */
  provisioned: number
  terminated: number
  /** Why the service ended it. */
  reason?: string
  endedBy?: 'service' | 'consumer'
  /** Until when nobody else may change it, milliseconds since 1970: its state machine holds it. */
  leasedUntil: number
  /** Ids of jobs that its messages were answered with. */
  readonly jobIds: Set<string>
}

/** What the connector is made with. */
export interface StrictConnectorOptions {
  readonly random: Random
  /** Base of the service's addresses for this connector; asked anew for each message. */
  readonly serviceUrl: () => string
}

/** A provider's connector that plays by the rules, notes what is done to it, and what should not have been. */
export interface StrictConnector {
  readonly managementUrl: string
  readonly apiKey: string
  readonly processes: ReadonlyMap<string, StrictProcess>
  /** What must never be, and was seen. */
  readonly violations: readonly string[]
  /** How many messages were sent, repetitions included. */
  readonly sent: () => number
  /** A consumer's transfer begins. */
  begin(assetId: string, agreementId: string, parameters: unknown): StrictProcess
  /** The consumer ends it, or takes it as done. */
  end(process: StrictProcess, state: 'COMPLETED' | 'TERMINATED'): void
  close(): Promise<void>
}

const apiKey = 'key-of-the-strict-connector'
/** Pause of its state machine, and how long it holds a process then. Milliseconds. */
const tickMs = 60
const leaseMs = 120
/** Pause before a message that was not answered is sent again. Milliseconds. */
const againMs = 150
/** What a real one sends a message again for; with any other status it gives the transfer up. */
const retried = new Set([500, 501, 502, 503, 504])
const over = new Set(['COMPLETED', 'TERMINATED', 'DEPROVISIONING', 'DEPROVISIONED'])

/** Starts one at 127.0.0.1. */
export async function startStrictConnector({ random, serviceUrl }: StrictConnectorOptions): Promise<StrictConnector> {
  const processes = new Map<string, StrictProcess>()
  const violations: string[] = []
  const closing = new AbortController()
  const running = new Set<Promise<void>>()
  let origin = ''
  let sent = 0

  const run = (work: () => Promise<void>): void => {
    const done = work()
      .catch((error: unknown) => {
        if (!closing.signal.aborted) violations.push(`the connector failed: ${String(error)}`)
      })
      .finally(() => running.delete(done))
    running.add(done)
  }
  const rest = (milliseconds: number): Promise<void> => pause(milliseconds, undefined, { signal: closing.signal })
  const move = (process: StrictProcess, state: string): void => {
    process.state = state
    // Now and then its state machine holds it for a moment: whoever comes then is turned away.
    if (random.chance(0.3)) process.leasedUntil = Date.now() + leaseMs
  }
  const tell = (process: StrictProcess, type: string): void => {
    if (random.chance(0.5)) return
    const { id, assetId, agreementId } = process
    const values = { providerTransferId: id, assetId, agreementId, eventId: randomUUID(), at: Date.now(), reason: null }
    run(async () => void (await post(`${serviceUrl()}/events`, event(type, values), closing.signal)))
  }

  const message = async (process: StrictProcess): Promise<number | undefined> => {
    const { id, assetId, agreementId, definitionId } = process
    const values = { assetId, agreementId, providerTransferId: id, resourceDefinitionId: definitionId }
    const body = provisionRequest({ ...values, callbackAddress: `${origin}/management/callback` })
    sent += 1
    const answered = await fetch(`${serviceUrl()}/provision`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.any([closing.signal, AbortSignal.timeout(30_000)]),
    }).catch(() => undefined)
    if (answered === undefined) return undefined
    const text = await answered.text().catch(() => undefined)
    if (text === undefined) return undefined
    if (answered.status !== 200) return answered.status
    const jobId = textAt(asObject(JSON.parse(text)), 'jobId')
    if (jobId !== '') process.jobIds.add(jobId)
    return 200
  }
  const provision = async (process: StrictProcess): Promise<void> => {
    move(process, 'PROVISIONING')
    for (;;) {
      const copies = random.chance(0.3) ? 1 + random.below(3) : 0
      const statuses = await Promise.all(Array.from({ length: 1 + copies }, () => message(process)))
      await rest(tickMs)
      if (over.has(process.state)) return
      const wrong = statuses.find((status) => status !== undefined && status !== 200 && !retried.has(status))
      if (wrong !== undefined) {
        violations.push(`the message for ${process.id} was answered ${wrong}`)
        move(process, 'TERMINATED')
        return
      }
      if (statuses.includes(200)) break
      await rest(againMs)
    }
    process.answered = true
    move(process, 'PROVISIONING_REQUESTED')
    if (random.chance(0.1)) run(async () => void (await message(process))) // a late copy
  }
  const start = async (process: StrictProcess): Promise<void> => {
    await rest(tickMs)
    if (process.state !== 'PROVISIONED') return
    move(process, 'STARTED')
    tell(process, 'TransferProcessStarted')
  }
  const deprovision = async (process: StrictProcess): Promise<void> => {
    await rest(tickMs)
    if (random.chance(0.5)) await message(process) // without a type, a deprovision looks like the provision before it
  }

  const calledBack = (process: StrictProcess, body: Json | undefined): Answer => {
    const values = { providerTransferId: process.id, state: process.state }
    if (process.leasedUntil > Date.now()) return answer('callbackTooLate', values)
    const address = objectAt(objectAt(body, 'contentDataAddress'), 'properties')
    if (address === undefined) {
      violations.push(`the callback for ${process.id} has no address`)
      return answer('callbackIncomplete')
    }
    if (process.state === 'INITIAL' || process.state === 'PROVISIONING') {
      violations.push(`the callback for ${process.id} came before its answer was processed, and is lost`)
      return answer('callbackAccepted')
    }
    if (process.state !== 'PROVISIONING_REQUESTED') return answer('callbackTooLate', values)
    process.address = Object.fromEntries(
      Object.keys(address).map((key) => [key.replace(/^.*\//, ''), textAt(address, key)]),
    )
    process.provisioned += 1
    move(process, 'PROVISIONED')
    run(() => start(process))
    return answer('callbackAccepted')
  }
  const terminated = (process: StrictProcess, body: Json | undefined): Answer => {
    const values = { providerTransferId: process.id, state: process.state }
    if (process.leasedUntil > Date.now() || over.has(process.state)) return answer('terminateTooLate', values)
    process.terminated += 1
    process.endedBy = 'service'
    process.reason = textAt(body, 'reason')
    move(process, 'TERMINATED')
    tell(process, 'TransferProcessTerminated')
    run(() => deprovision(process))
    return answer('terminateAccepted')
  }

  const handle = async (request: IncomingMessage): Promise<Answer> => {
    const [, kind, id = '', action] =
      /^\/management\/(?:v3\/)?(transferprocesses|contractagreements|callback)\/([^/?]+)(?:\/([a-z]+))?/.exec(
        request.url ?? '',
      ) ?? []
    if (request.headers['x-api-key'] !== apiKey) {
      violations.push(`${request.method} ${request.url} came without the key`)
      return answer('callbackWrongKey')
    }
    const body = request.method === 'POST' ? await readJson(request) : undefined
    if (kind === 'contractagreements') return agreementView(id)
    const process = processes.get(decodeURIComponent(id))
    if (process === undefined)
      return kind === undefined
        ? { status: 200, contentType: 'application/json', body: [] }
        : answer('transferUnknown', { unknown: id })
    if (kind === 'callback') return calledBack(process, body)
    return action === 'terminate' ? terminated(process, body) : processView(process)
  }
  const agreementView = (id: string): Answer => {
    const of = [...processes.values()].find(({ agreementId }) => agreementId === id)
    if (of === undefined) return answer('agreementUnknown', { unknown: id })
    const values = { agreementId: id, assetId: of.assetId, policyId: 'policy', contractSigningDate: 1_700_000_000 }
    return { status: 200, contentType: 'application/json', body: document('agreement', values) }
  }
  const processView = ({ id, assetId, agreementId, state, parameters }: StrictProcess): Answer => {
    const values = {
      assetId,
      agreementId,
      providerTransferId: id,
      consumerTransferId: `of-${id}`,
      stateTimestamp: Date.now(),
      parameters,
    }
    const { dataDestination, ...view } = document('providerAwaiting', values)
    const destination = { ...asObject(dataDestination), params: parameters }
    return { status: 200, contentType: 'application/json', body: { ...view, state, dataDestination: destination } }
  }

  const server = createServer((request, response) => {
    handle(request).then(
      (answered) => reply(response, answered),
      (error: unknown) => {
        if (!closing.signal.aborted && !request.destroyed)
          violations.push(`the connector failed at ${request.url}: ${String(error)}`)
        response.destroy()
      },
    )
  })
  server.keepAliveTimeout = 60_000
  origin = await listen(server)
  return {
    managementUrl: `${origin}/management`,
    apiKey,
    processes,
    violations,
    sent: () => sent,
    begin(assetId, agreementId, parameters) {
      const process: StrictProcess = {
        id: randomUUID(),
        definitionId: randomUUID(),
        agreementId,
        assetId,
        parameters: JSON.stringify(parameters),
        state: 'INITIAL',
        answered: false,
        provisioned: 0,
        terminated: 0,
        leasedUntil: 0,
        jobIds: new Set(),
      }
      processes.set(process.id, process)
      run(() => provision(process))
      return process
    },
    end(process, state) {
      if (over.has(process.state)) return
      process.endedBy = 'consumer'
      move(process, state)
      tell(process, 'TransferProcessTerminated')
      run(() => deprovision(process))
    },
    async close() {
      closing.abort()
      await Promise.all(running)
      await stop(server)
    },
  }
}

/** Whether a process is over. */
export function isProcessOver({ state }: StrictProcess): boolean {
  return over.has(state)
}
