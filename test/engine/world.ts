import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Attempt, type Job, latestAttempt, type Result } from '../../core/job/job.ts'
import { type AttemptRef, logKey } from '../../core/job/names.ts'
import type { JobLimits } from '../../core/limits/job-limits.ts'
import type { Container } from '../../core/ports/backend.ts'
import type { ProcessState } from '../../core/ports/connector.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store, WorkItem } from '../../core/ports/store.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import type { FlowMode } from '../../core/transfer/flow.ts'
import { accept, look } from '../../entrypoint/engine/accept.ts'
import { acceptFlow, flowOfProcess } from '../../entrypoint/engine/accept-flow.ts'
import { type FlowSignal, type Signalled, signalFlow } from '../../entrypoint/engine/signal-flow.ts'
import type { EngineParts, EngineTimes, Push, PushOutcome, Retention } from '../../entrypoint/engine/parts.ts'
import { directoryStore } from '../../entrypoint/objects/directory.ts'
import { openSqliteStore } from '../../entrypoint/stores/sqlite.ts'
import { countedIds } from './counted-ids.ts'
import { enginePartsOf, type LoggedLine } from './engine-parts.ts'
import { fastestFolder } from './fastest-folder.ts'
import { Crash, Faults, InjectedFault } from './faults.ts'
import { HandClock } from './hand-clock.ts'
import { assetId, assetRecord, type Offer } from './offer.ts'
import { type Happening, ScriptedBackend } from './scripted-backend.ts'
import { ScriptedConnector, type ScriptedProcess } from './scripted-connector.ts'
import { takeItem } from './take-item.ts'
import { type Files, readObject, writeResult } from './write-result.ts'

/** How long the engine's loop leases an item, in milliseconds. */
const leaseMs = 300_000
/** How long it sleeps where its store cannot be read, in milliseconds. */
const longestSleepMs = 5_000
const databaseName = 'state.db'
/** Milliseconds in a minute and in a day. */
export const minute = 60_000
export const day = 86_400_000

/**
 * The engine on a real SQLite store and a real directory of objects, with a backend and a connector that do what a test says,
 * and a clock that it sets. Time passes only when nothing is due: then it jumps to whatever comes next. So hours take
 * milliseconds, and the same test always takes the same steps.
 */
export class World {
  readonly clock = new HandClock()
  readonly ids = countedIds()
  readonly faults = new Faults()
  readonly connector = new ScriptedConnector(this.clock)
  readonly backend: ScriptedBackend
  /** The object store itself, without faults. */
  readonly objects: ObjectStore
  readonly log: LoggedLine[] = []
  /** Whether the engine is told when something of a job may have changed. Everything must also work without. */
  hints = true
  /** Called after each step of the engine and each change outside. */
  check: () => Promise<void> = () => Promise.resolve()
  /** How long what is left of jobs is kept; for good unless a test says otherwise, before the engine starts anew. */
  retention: Retention = {}
  /** Versions of the asset whose failures are reported at the result's address. */
  readonly reporting = new Set<string>()
  /** How the transfers of this world go where they are data flows; unset for a provisioner's. */
  flow: FlowMode | undefined
  /** What comes of a push, once each, in order; then each is delivered. */
  readonly pushOutcomes: PushOutcome[] = []
  /** Every push that was tried. */
  readonly pushes: { readonly transferId: string; readonly attempt: number; readonly endpoint: string | undefined }[] =
    []
  /** How many steps the engine took. */
  steps = 0
  /** How often a process of it ended and another one started. */
  restarts = 0
  readonly #folder: string
  readonly #times: Partial<EngineTimes>
  readonly #limits: Partial<JobLimits>
  readonly #hinted = new Set<string>()
  #store: Store
  #parts: EngineParts

  private constructor(folder: string, objects: ObjectStore, times: Partial<EngineTimes>, limits: Partial<JobLimits>) {
    this.#folder = folder
    this.#times = times
    this.#limits = limits
    this.objects = objects
    const store = (ref: AttemptRef, files: Files): Promise<boolean> => writeResult(objects, ref, files)
    this.backend = new ScriptedBackend({ clock: this.clock, store })
    this.backend.watch((jobId) => this.#hinted.add(jobId))
    this.#store = openSqliteStore(this.databasePath, this.ids)
    this.#parts = this.#makeParts()
  }

  /**
   * Makes an empty world that offers the asset, in a folder of its own.
   * @param times of the engine other than the usual, in milliseconds
   * @param limits of the service other than the usual
   */
  static async open(
    offer: Offer = {},
    times: Partial<EngineTimes> = {},
    limits: Partial<JobLimits> = {},
  ): Promise<World> {
    const folder = await fastestFolder()
    const world = new World(folder, directoryStore(join(folder, 'objects')), times, limits)
    await world.offer(offer)
    return world
  }

  /**
   * A world that goes on from a database that is there already.
   * @param fill makes the database at a path
   */
  static async from(fill: (databasePath: string) => void): Promise<World> {
    const folder = await fastestFolder()
    fill(join(folder, databaseName))
    return new World(folder, directoryStore(join(folder, 'objects')), {}, {})
  }

  /** The store of the engine that runs now, without faults. */
  get store(): Store {
    return this.#store
  }

  /** What the engine that runs now works with; its calls pass the faults. */
  get parts(): EngineParts {
    return this.#parts
  }

  /** Path of the database. */
  get databasePath(): string {
    return join(this.#folder, databaseName)
  }

  /** Registers a version of the asset; the newest registered is the one that new transfers get. */
  async offer(offer: Offer): Promise<void> {
    if (offer.onFailure === 'report') this.reporting.add(offer.version ?? '1.0.0')
    await this.#store.saveAsset(assetRecord(offer, this.ids.next(), this.clock.now()), false)
  }

  /** A consumer's transfer begins, and its connector sends us the message. */
  async request(
    processId = 'process-1',
    asked: Partial<Pick<ScriptedProcess, 'assetId' | 'agreementId' | 'parameters'>> & {
      readonly consumerId?: string
    } = {},
  ): Promise<string> {
    const { agreementId = 'agreement-1', parameters, consumerId = 'consumer' } = asked
    const then = this.flow?.start === 'sync' ? 'provisioned' : 'awaiting'
    this.connector.begin(processId, { assetId: asked.assetId ?? assetId, agreementId, parameters }, then)
    if (!this.connector.agreements.has(agreementId)) this.connector.agreements.set(agreementId, { consumerId, assetId })
    return this.send(processId)
  }

  /** The message alone, whether the connector knows the process or not. */
  async send(processId: string, definitionId = `definition-of-${processId}`): Promise<string> {
    if (this.flow !== undefined) return this.#start(processId, this.flow)
    const message = { type: 'provision', assetId, processId, definitionId } as const
    const { jobId } = await accept(this.#parts, 'provider', message)
    if (jobId === undefined) throw new Error('the message was not taken')
    await this.check()
    return jobId
  }

  /** A control plane's word about a flow. */
  async signal(processId: string, signal: FlowSignal): Promise<Signalled['outcome']> {
    const transfer = await flowOfProcess(this.#parts, this.connector.id, processId)
    if (transfer === undefined) throw new Error(`there is no flow of ${processId}`)
    const { outcome } = await signalFlow(this.#parts, transfer.id, signal)
    await this.check()
    return outcome
  }

  async #start(processId: string, mode: FlowMode): Promise<string> {
    const { agreementId, parameters } = this.connector.process(processId)
    const destination = {
      endpointType: 'HttpData',
      endpoint: 'https://sink.example',
      properties: { authCode: 'secret' },
    }
    const { transfer } = await acceptFlow(this.#parts, {
      connectorId: this.connector.id,
      processId,
      assetId,
      flow: {
        ...mode,
        messageId: `message-of-${processId}`,
        agreementId,
        consumerId: this.connector.agreements.get(agreementId)?.consumerId ?? 'consumer',
        profile: `Compute-${mode.type.toUpperCase()}`,
        ...(typeof parameters === 'string' ? { parameters } : {}),
        ...(mode.type === 'push' ? { destination } : {}),
      },
    })
    await this.check()
    return transfer.jobId
  }

  /** Takes one item of work that is due, as the engine's loop does, or gives false where none is. */
  async work(): Promise<boolean> {
    let claimed: readonly WorkItem[]
    try {
      claimed = await this.#parts.store.claim(this.clock.now(), 1, leaseMs)
    } catch (error) {
      if (error instanceof Crash) return true
      if (!(error instanceof InjectedFault)) throw error
      this.clock.advanceTo(this.clock.now() + longestSleepMs)
      await this.#happen()
      return true
    }
    const [item] = claimed
    if (item !== undefined) await this.#take(item)
    return item !== undefined
  }

  /**
   * Takes several items that are due at once, and has somebody else run them side by side, call by call.
   * @returns whether there were any
   */
  async workSideBySide(limit: number, run: (items: readonly Promise<void>[]) => Promise<void>): Promise<boolean> {
    const items = await this.#store.claim(this.clock.now(), limit, leaseMs)
    await run(items.map((item) => this.#take(item)))
    return items.length > 0
  }

  /** Somebody says of every job and transfer that it may have changed: all of them are due. */
  async wakeEverything(): Promise<void> {
    const dueAt = this.clock.now()
    const jobs = await this.#store.listJobs({ limit: 10_000 })
    await this.#store.wake(
      jobs.flatMap((job) => [
        { kind: 'job', key: job.id, dueAt },
        ...(job.origin.kind === 'transfer' ? [{ kind: 'transfer' as const, key: job.origin.transferId, dueAt }] : []),
      ]),
    )
  }

  /** Lets the clock jump to what comes next, but not past `until`. False where nothing comes any more before that. */
  async wait(until = Infinity): Promise<boolean> {
    const next = [await this.#store.nextDue(), this.backend.nextAt(), this.connector.nextAt()]
    const at = Math.min(...next.filter((time) => time !== undefined))
    if (at > until || at === Infinity) return false
    this.clock.advanceTo(at)
    await this.#happen()
    return true
  }

  /** Lets something become of a job's attempt now. */
  async happen(jobId: string, happening: Happening, attempt = 1): Promise<void> {
    await this.backend.happen({ jobId, attempt }, happening)
    await this.#happen()
  }

  /** The other side changes the state of a process; with hints its connector says so in an event. */
  async move(processId: string, state: ProcessState): Promise<void> {
    this.connector.move(processId, state)
    if (this.hints) await look(this.#parts, this.connector.id, processId)
    await this.#happen()
  }

  /**
   * Goes on until a condition holds. It is looked at after each item of work.
   * @param withinMs how much time of this world that may take
   * @throws Error where the time passes or nothing is left that could change anything
   */
  async until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 10 * minute): Promise<void> {
    const end = this.clock.now() + withinMs
    while (!(await holds())) {
      if (this.faults.crashed) throw new Error(`${what}: the process ended`)
      if ((await this.work()) || (await this.wait(end))) continue
      throw new Error(`${what}: not within ${withinMs} ms`)
    }
  }

  /** Goes on until a job is in one of these states. */
  async untilJob(jobId: string, ...states: readonly Job['state'][]): Promise<void> {
    const reached = async (): Promise<boolean> => states.includes((await this.job(jobId)).state)
    await this.until(`job ${jobId} becomes ${states.join(' or ')}`, reached, 2 * 60 * minute)
  }

  /** Lets an amount of time pass. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.clock.now() + milliseconds
    while (!this.faults.crashed && ((await this.work()) || (await this.wait(end)))) continue
    if (this.faults.crashed) return
    this.clock.advanceTo(end)
    await this.#happen()
    while (await this.work()) continue
  }

  /**
   * Goes on until nothing is left to do: every transfer ended, every result removed.
   * @throws Error where that takes longer than `withinMs`, or more steps than any life has
   */
  async toTheEnd(withinMs = 30 * day): Promise<void> {
    const end = this.clock.now() + withinMs
    const mostSteps = this.steps + 20_000
    while (!this.faults.crashed && ((await this.work()) || (await this.wait(end))))
      if (this.steps > mostSteps) throw new Error(`no end in sight: ${await this.#describe()}`)
    const due = await this.#store.nextDue()
    if (!this.faults.crashed && due !== undefined) throw new Error(`work is left after ${withinMs} ms`)
  }

  /**
   * The process ends, if it did not yet, and another one starts on what lies on disk.
   * @param meanwhile what is done while none runs
   */
  async restart(meanwhile: () => void = () => undefined): Promise<void> {
    this.restarts += 1
    this.faults.crash()
    await this.faults.revive()
    await this.#store.close()
    meanwhile()
    this.#store = openSqliteStore(this.databasePath, this.ids)
    await this.#store.releaseLeases()
    this.#parts = this.#makeParts()
  }

  /** Removes everything. */
  async close(): Promise<void> {
    await this.#store.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** A job as it stands. @throws Error where there is none */
  async job(jobId: string): Promise<Job> {
    const job = await this.#store.job(jobId)
    if (job === undefined) throw new Error(`there is no job ${jobId}`)
    return job.value
  }

  /** A job's newest attempt. @throws Error where it had none */
  async attempt(jobId: string): Promise<Attempt> {
    const attempt = latestAttempt(await this.job(jobId))
    if (attempt === undefined) throw new Error(`the job ${jobId} had no attempt`)
    return attempt
  }

  /** The transfer of a job. */
  async transfer(jobId: string): Promise<Transfer> {
    const transfer = await this.transferOf(await this.job(jobId))
    if (transfer === undefined) throw new Error(`there is no transfer of ${jobId}`)
    return transfer
  }

  /** The transfer that a job runs for; `undefined` of an operator's own. @throws Error where it is lost */
  async transferOf({ id, origin }: Job): Promise<Transfer | undefined> {
    if (origin.kind === 'operator') return undefined
    const transfer = await this.#store.transfer(origin.transferId)
    if (transfer === undefined) throw new Error(`the transfer of ${id} is lost`)
    return transfer.value
  }

  /** The registered result of a job. */
  async result(jobId: string): Promise<Result | undefined> {
    return this.#store.result(jobId)
  }

  /** The log of a container as it was kept. */
  async keptLog(jobId: string, attempt = 1, container: Container = 'worker'): Promise<string | undefined> {
    return readObject(this.objects, logKey({ jobId, attempt }, container))
  }

  async #happen(): Promise<void> {
    this.connector.advance()
    await this.backend.advance()
    const dueAt = this.clock.now()
    if (this.hints && !this.faults.crashed)
      await this.#store.wake([...this.#hinted].map((key) => ({ kind: 'job', key, dueAt })))
    this.#hinted.clear()
    await this.check()
  }

  async #describe(): Promise<string> {
    const jobs = await this.#store.listJobs({ limit: 10_000 })
    const transfers = await Promise.all(jobs.map((job) => this.transferOf(job)))
    return JSON.stringify({ jobs, transfers, processes: [...this.connector.processes.values()] })
  }

  #makeParts(): EngineParts {
    const { backend, objects, connector, clock, ids, log } = this
    const under = {
      store: this.#store,
      backend,
      objects,
      connector,
      clock,
      ids,
      log,
      times: this.#times,
      retention: this.retention,
      limits: this.#limits,
      pusher: { push: (push: Push) => this.#push(push) },
    }
    return enginePartsOf(under, this.faults)
  }

  async #push({ transfer, result, destination }: Push): Promise<PushOutcome> {
    this.pushes.push({ transferId: transfer.id, attempt: result.attempt, endpoint: destination.endpoint })
    return this.pushOutcomes.shift() ?? { outcome: 'delivered' }
  }

  #take(item: WorkItem): Promise<void> {
    const afterStep = (): Promise<void> => {
      this.steps += 1
      return this.check()
    }
    return takeItem(this.#parts, item, { afterStep, crashed: () => this.faults.crashed })
  }
}
