import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { eventually } from '../../support/eventually.ts'
import { rawRequest } from '../../support/raw-request.ts'
import { begin, type Errand, type ErrandKind, type ErrandParts, judge } from './errands.ts'
import { seededRandom } from './random.ts'
import { StoreView } from './store-view.ts'
import { isProcessOver, startStrictConnector } from './strict-connector.ts'
import type { Surroundings } from './surroundings.ts'
import { registerTrialAsset, trialAssets } from './trial-assets.ts'
import { rowsOfSqlite } from './trial-database.ts'
import { trialService } from './trial-service.ts'

const reportSchema = z.looseObject({
  ok: z.boolean(),
  findings: z.array(z.looseObject({ rule: z.string(), message: z.string() })),
})

/** A service on trial with everything around it, and a load that goes on whatever becomes of the service. */
export type Trial = Awaited<ReturnType<typeof openTrial>>

/**
 * Opens a trial: the service is prepared, not started.
 * @param seed of all choices of the load
 */
export async function openTrial(folder: string, surroundings: Surroundings, seed: number) {
  const random = seededRandom(seed)
  const { atOnce, quietMs } = surroundings.pace
  let connectorUrl = ''
  const connector = await startStrictConnector({ random, serviceUrl: () => connectorUrl })
  const { managementUrl, apiKey } = connector
  const service = await trialService(folder, { managementUrl, apiKey }, surroundings.environment)
  connectorUrl = service.connectorUrl
  const store = new StoreView(surroundings.readRows ?? rowsOfSqlite(service.databasePath))
  const violations: string[] = []
  const errands: Errand[] = []
  const stopping = new AbortController()
  const parts: ErrandParts = {
    random,
    connector,
    adminUrl: service.adminUrl,
    workersLive: surroundings.workersLive,
    signal: stopping.signal,
    violations,
  }
  let loading: Promise<void> | undefined
  let loaded = false
  const ended = (): boolean => loaded
  let version = 0
  let wanted: ErrandKind | undefined

  const load = async (): Promise<void> => {
    while (!ended()) {
      const open = errands.filter((errand) => !errand.done).length
      if (open < atOnce) errands.push(begin(parts, wanted))
      if (random.chance(0.02)) await registerAgain()
      if (random.chance(0.02)) await plantOrphan()
      await pause(20 + random.below(120))
    }
  }
  const registerAgain = async (): Promise<void> => {
    version += 1
    const status = await registerTrialAsset(service.adminUrl, random.pick(trialAssets), `1.${version}.0`)
    if (status !== undefined && status !== 201 && status < 500) violations.push(`an asset was answered ${status}`)
  }
  const plantOrphan = async (): Promise<void> => {
    const installation = await store.installation()
    if (installation !== '') surroundings.plantOrphan?.(installation, randomUUID(), 3_600_000)
  }
  /** Has the service check itself, and adds what it finds. */
  const check = async (what: string): Promise<void> => {
    // Not by fetch, which gives up after five minutes: with hundreds of jobs on a busy machine it may take longer.
    const { status, body } = await rawRequest(service.adminUrl, '/api/v1/checks', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ digests: true, connectors: true }),
    })
    if (status !== 200) throw new Error(`the check was answered ${status}: ${body}`)
    // Files of a registration that was cut off go after two hours: that is tested where the clock is a test's own.
    for (const { rule, message } of reportSchema.parse(JSON.parse(body)).findings)
      if (!(rule === 'left-in-store' && message.includes('assets/'))) violations.push(`${what}: ${rule}: ${message}`)
  }

  return {
    service,
    connector,
    store,
    errands,
    check,
    /** Registers the assets. The service runs. */
    async prepare(): Promise<void> {
      for (const asset of trialAssets) {
        const status = await registerTrialAsset(service.adminUrl, asset, '1.0.0')
        if (status !== 201) throw new Error(`the asset ${asset.id} was not registered: ${status}`)
      }
    },
    /** Begins the load. */
    begin(): void {
      loading = load()
    },
    /** What only some places are come to by. */
    registerAgain,
    plantOrphan,
    /** Has half of the errands be of one kind, from now on. */
    want(kind: ErrandKind | undefined): void {
      wanted = kind
    },
    /** Called when the service is down: nothing may have gone back. */
    async look(): Promise<void> {
      violations.push(...(await store.wentBack()))
    },
    /**
     * Ends the load, and waits until all has come to its end; the service runs. Then everything is checked.
     * @returns what is wrong
     */
    async finish(): Promise<readonly string[]> {
      loaded = true
      await loading
      await quiet('every errand to be done', () => {
        const open = errands.filter((errand) => !errand.done)
        return open.length === 0
          ? ''
          : open.map(({ kind, process }) => `${kind} ${process.id} ${process.state}`).join(', ')
      })
      // With results that are open: every byte of them is as it was registered.
      await check('with open results')
      for (const { process } of errands) if (process.state === 'STARTED') connector.end(process, 'COMPLETED')
      await quiet('every process to be over', () => {
        const open = [...connector.processes.values()].filter((process) => !isProcessOver(process))
        return open.map(({ id, state }) => `${id} ${state}`).join(', ')
      })
      await quiet('all work to be done', () => store.open())
      await quiet('everything on the cluster to be gone', async () => (await surroundings.left()).join(', '))
      await check('when all was over')
      await this.look()
      violations.push(...(await store.doubled()), ...connector.violations, ...surroundings.violations())
      violations.push(...errands.flatMap((errand) => judge(errand, surroundings.workersLive)))
      return violations
    },
    /** Ends everything. */
    async close(): Promise<void> {
      loaded = true
      stopping.abort()
      await loading?.catch(() => undefined)
      await service.kill()
      await connector.close()
    },
  }

  async function quiet(what: string, open: () => string | Promise<string>): Promise<void> {
    try {
      await eventually(
        what,
        async () => {
          const left = await open()
          return left === '' ? { done: true } : { pending: left.slice(0, 600) }
        },
        { deadlineMs: quietMs, pauseMs: 50 },
      )
    } catch (error) {
      violations.push(error instanceof Error ? error.message : String(error))
    }
  }
}
