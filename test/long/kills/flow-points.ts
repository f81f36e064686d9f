import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { CrashPoint } from '../../../core/crash-point.ts'
import { listen, stop } from '../../../demo/simulated-connector/http.ts'
import { type Pair, startPair, type Transfer } from '../../dps/stand-in/pair.ts'
import { eventually } from '../../support/eventually.ts'
import type { LongContext, LongOutcome } from '../frame/long-run.ts'
import { chosenTries, crashAtEach, findingsOf, reachMs } from './crash-tries.ts'
import { seededRandom } from './random.ts'
import { localSurroundings } from './surroundings.ts'
import { registerTrialAsset, trialAssets } from './trial-assets.ts'
import { type TrialService, trialService } from './trial-service.ts'

/** The places that only data flows come to. */
export const flowPoints = [
  'flow-begun',
  'flow-kept',
  'signal-kept',
  'callback-marked',
  'deliver-begun',
  'deliver-sent',
  'deliver-kept',
] as const satisfies readonly CrashPoint[]

/** How often each is tried in the report that is kept. */
const timesEach = 5
/** How long it may take until all has come to its end. Milliseconds. */
const quietMs = 240_000
/** How long a control plane that broke over a callback keeps the process to itself: EDC's minute would be most of the run. Milliseconds. */
const leaseMs = 5_000
const types = ['Compute-PULL', 'Compute-PUSH'] as const
const assetId = 'patient'

/**
 * The service ends itself at each of these places, while a control plane that cannot be asked has flows started and ended. No flow is
 * started or completed twice, and each comes to its end.
 */
export async function crashFlows({ seed, size, folder, say }: LongContext): Promise<LongOutcome> {
  const random = seededRandom(seed + 3)
  const own = join(folder, 'flows')
  await mkdir(own, { recursive: true })
  const surroundings = await localSurroundings(own)
  const pair = await startPair({ leaseMs })
  const consumer = await startConsumer()
  const connector = { id: 'plane', dialect: 'data-plane-signaling', signalingUrl: pair.provider.signalingUrl }
  const environment = { ...surroundings.environment, DSC_PUSH_HOSTS: '127.0.0.1' }
  const service = await trialService(own, connector, environment)
  const base = `${new URL(service.connectorUrl).origin}/dataplanes/plane/dataflows`
  const tries = chosenTries(flowPoints, { timesEach, fewest: 2, size }, random)
  const transfers: Transfer[] = []
  const violations: string[] = []
  try {
    await prepare(service, pair, base, consumer.endpoint)
    const come = () => reached(service, pair, transfers, random.below)
    violations.push(...(await crashAtEach(service, tries, come, (line) => say(`${line}, ${transfers.length} flows`))))
    violations.push(...(await settle(service, pair, transfers, base)))
    violations.push(...judge(pair, transfers, tries.length))
    await service.stop()
    return {
      figures: { crashes: tries.length, jobs: transfers.length, places: new Set(tries).size },
      violations: violations.map((violation) => `${violation} (seed ${seed}, flows)`),
    }
  } finally {
    await service.kill()
    await surroundings.close()
    await consumer.close()
    await pair.close()
  }
}

async function prepare(service: TrialService, { provider, consumer }: Pair, base: string, sink: string): Promise<void> {
  service.spawn()
  if (!(await service.ready())) throw new Error('the service ended by itself')
  const asset = trialAssets.find(({ id }) => id === assetId)
  const status = asset === undefined ? undefined : await registerTrialAsset(service.adminUrl, asset, '1.0.0')
  if (status !== 201) throw new Error(`the asset was not registered: ${status}`)
  provider.offer({ assetId })
  provider.register({ dataplaneId: 'compute', endpoint: base, transferTypes: types })
  consumer.register({ dataplaneId: 'consumer', endpoint: sink, transferTypes: types })
  await service.kill()
}

/** Has flows started, and some ended, until the service has ended itself. */
async function reached(
  service: TrialService,
  pair: Pair,
  transfers: Transfer[],
  below: (most: number) => number,
): Promise<boolean> {
  const end = performance.now() + reachMs
  if (!(await service.ready())) return service.ended(1_000)
  for (let count = 0; performance.now() < end; count += 1) {
    const transferType = types[count % types.length] ?? types[0]
    const parameters = { WORK_MS: 20, TEXT: randomUUID() }
    const dataDestination = { type: 'ComputeInput', params: JSON.stringify(parameters) }
    const pulls = transferType === 'Compute-PULL'
    transfers.push(pair.request({ assetId, transferType, ...(pulls ? { dataDestination } : {}) }))
    const old = transfers[below(transfers.length)]
    // The administrator of the consumer's side has had enough of one or another.
    if (old !== undefined && count % 4 === 3) pair.consumer.terminate(old.consumerId, 'enough')
    if (await service.ended(400)) return true
  }
  return false
}

/** Waits until every flow has come to its end; what was told to a service that was away is told again. */
async function settle(
  service: TrialService,
  pair: Pair,
  transfers: readonly Transfer[],
  base: string,
): Promise<readonly string[]> {
  const violations: string[] = []
  for (const transfer of transfers) {
    const processId = transfer.atProvider()?.id
    if (processId === undefined) continue
    try {
      await eventually(`the flow ${processId} to end`, async () => ended(pair, transfer, processId, base), {
        deadlineMs: quietMs,
        pauseMs: 100,
      })
    } catch (error) {
      violations.push(error instanceof Error ? error.message : String(error))
    }
  }
  return [...violations, ...(await findingsOf(service))]
}

async function ended(
  { consumer, provider }: Pair,
  transfer: Transfer,
  processId: string,
  base: string,
): Promise<{ readonly done: true } | { readonly pending: string }> {
  const process = transfer.atProvider()
  if (process?.state === 'STARTED' && process.transferType === 'Compute-PULL') {
    // What a consumer says of its end is lost while the provider's process is leased: then the provider ends it.
    const theirs = transfer.atConsumer()?.state
    if (theirs === 'TERMINATED' || theirs === 'COMPLETED') provider.terminate(processId, 'the consumer is gone')
    else consumer.terminate(transfer.consumerId, 'it has everything')
  }
  if (process?.state === 'TERMINATED' || process?.state === 'COMPLETED')
    await post(`${base}/${processId}/terminate`, { messageId: randomUUID() })
  const answer = await fetch(`${base}/${processId}/status`, { signal: AbortSignal.timeout(10_000) })
  const text = await answer.text()
  if (answer.status === 404 || /COMPLETED|TERMINATED/.test(text)) return { done: true }
  return { pending: `it is ${text}, its process ${process?.state}, ${provider.ledger.states(processId).join(' ')}` }
}

function judge({ provider }: Pair, transfers: readonly Transfer[], crashes: number): readonly string[] {
  const violations: string[] = []
  let broken = 0
  for (const transfer of transfers) {
    const processId = transfer.atProvider()?.id ?? ''
    for (const kind of ['started', 'completed'] as const) {
      const changed = provider.ledger.count(processId, kind)
      if (changed > 1) violations.push(`the flow ${processId} was ${kind} ${changed} times`)
    }
    broken += provider.ledger.count(processId, 'started', 'broken')
  }
  // A control plane that cannot be asked is told again at most what was on its way when the service ended.
  if (broken > crashes) violations.push(`${broken} callbacks came to flows that had started, after ${crashes} crashes`)
  return violations
}

/** A consumer's data plane that wants pushes at its own address, and takes whatever it is told. */
async function startConsumer(): Promise<{ readonly endpoint: string; close(): Promise<void> }> {
  let address = ''
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      text += chunk
    })
    request.once('end', () => {
      const processId = /"processId":"([^"]+)"/.exec(text)?.[1]
      const properties = [{ '@type': 'EndpointProperty', name: 'params', value: '{"WORK_MS":20}' }]
      const dataAddress = {
        '@type': 'DataAddress',
        endpointType: 'HttpData',
        endpoint: `${address}/sink`,
        endpointProperties: properties,
      }
      const prepared = { messageId: randomUUID(), dataFlowId: processId, state: 'PREPARED' }
      const body = text.includes('-PUSH') ? { ...prepared, dataAddress } : prepared
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(request.url === '/dataflows/prepare' ? JSON.stringify(body) : '')
    })
  })
  address = await listen(server)
  return { endpoint: `${address}/dataflows`, close: () => stop(server) }
}

async function post(url: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers }).catch(() => undefined)
  await answer?.text().catch(() => undefined)
  if (answer === undefined) await pause(100)
}
