import { setTimeout as pause } from 'node:timers/promises'
import { backoff } from '../../core/backoff.ts'
import type { Logger } from '../../core/ports/logger.ts'
import { pauseAskedBy } from '../../core/retry-after.ts'
import { hasStatus } from './api-error.ts'
import { lines } from './lines.ts'
import type { NamespaceApi, Resource, Selection } from './namespace-api.ts'
import { readWatchEvent, type TrackedObject, trackedObject } from './watch-event.ts'

/** How a list-and-watch behaves; milliseconds. */
export interface ListWatchTimes {
  /** No byte for so long means that the connection is dead: bookmarks come about every minute. */
  readonly idleMs: number
  /** The list is read again after so long, however well the watch goes. */
  readonly relistMs: number
  /** Longest pause after failures. */
  readonly longestPauseMs: number
}

/** The times used outside of tests. */
export const listWatchTimes: ListWatchTimes = { idleMs: 90_000, relistMs: 300_000, longestPauseMs: 30_000 }

/** A watch that lasted less is followed by a pause, whatever ended it. Milliseconds. */
const shortestWatchMs = 1_000

/** What a list-and-watch is made with. */
export interface ListWatchOptions {
  readonly api: NamespaceApi
  readonly resource: Resource
  readonly selection: Selection
  /** Is told the labels of every object that appeared, changed or went. */
  readonly listener: (labels: Readonly<Record<string, string>>) => void
  readonly logger: Logger
  readonly times?: ListWatchTimes
}

/** Whether a list-and-watch sees what happens. */
export interface WatchHealth {
  /** Whether list and watch are established. */
  readonly synced: boolean
  /** How often in a row it failed. */
  readonly failures: number
  /** Why, the last time. */
  readonly lastError?: string | undefined
}

/**
 * Tells of changes to a selection of objects: reads the list, then watches from there on, for ever. It keeps three fields of each
 * object, so that after a break it can tell what changed meanwhile. The library's informer stops for good on many errors and sits on
 * connections that are dead; this one assumes that every watch breaks.
 */
export class ListWatch {
  readonly #options: ListWatchOptions
  readonly #times: ListWatchTimes
  readonly #abort = new AbortController()
  readonly #done: Promise<void>
  #objects = new Map<string, TrackedObject>()
  /** Up to which version everything was told; `undefined` asks for a new list. */
  #version: string | undefined
  #health: WatchHealth = { synced: false, failures: 0 }
  /** Whether the watch that is open, or was last, told nothing that could be read. */
  #barren = false

  constructor(options: ListWatchOptions) {
    this.#options = options
    this.#times = options.times ?? listWatchTimes
    this.#done = this.#run()
  }

  get health(): WatchHealth {
    return this.#health
  }

  /** Stops for good. */
  async close(): Promise<void> {
    this.#abort.abort()
    await this.#done
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort
    let listedAt = 0
    while (!signal.aborted) {
      const begunAt = performance.now()
      try {
        if (this.#version === undefined || begunAt - listedAt >= this.#times.relistMs) {
          this.#version = await this.#list()
          listedAt = begunAt
        }
        await this.#watch(this.#version, listedAt + this.#times.relistMs)
        // A server that ends every watch at once is not asked without a pause.
        if (performance.now() - begunAt < shortestWatchMs) await this.#rest(1)
      } catch (error) {
        if (signal.aborted) return
        await this.#recover(error)
      }
    }
  }

  async #list(): Promise<string> {
    const { api, resource, selection, listener, logger } = this.#options
    const { items, resourceVersion } = await api.list(resource, selection, true)
    const readable = items.map(trackedObject).filter((object) => object !== undefined)
    if (readable.length < items.length)
      logger.warn('objects of the cluster cannot be read', { resource, unreadable: items.length - readable.length })
    const found = new Map(readable.map((object) => [object.uid, object]))
    const before = this.#objects
    this.#objects = found
    for (const object of found.values())
      if (before.get(object.uid)?.resourceVersion !== object.resourceVersion) listener(object.labels)
    for (const object of before.values()) if (!found.has(object.uid)) listener(object.labels)
    return resourceVersion
  }

  /** Watches until the server ends it, or the time for a new list has come. */
  async #watch(from: string, until: number): Promise<void> {
    const { api, resource, selection, listener } = this.#options
    const spread = 240 + Math.random() * 60
    const seconds = Math.ceil(Math.max(1, Math.min(spread, (until - performance.now()) / 1000)))
    const query = { ...selection, resourceVersion: from }
    this.#barren = false
    const body = await api.watch(resource, query, seconds, this.#times.idleMs, this.#abort.signal)
    this.#barren = true
    this.#health = { synced: true, failures: 0 }
    for await (const line of lines(body)) {
      const event = readWatchEvent(line)
      if (event.type === 'expired') {
        this.#version = undefined
        return
      }
      this.#barren = false
      if (event.type === 'unreadable') continue
      this.#version = event.resourceVersion
      if (event.type === 'changed') this.#objects.set(event.object.uid, event.object)
      if (event.type === 'deleted') this.#objects.delete(event.object.uid)
      if (event.type !== 'bookmark') listener(event.object.labels)
    }
  }

  /**
   * After a first failure it goes on from where it was; after a second one, where that is too old, or where the first that comes from
   * there cannot be read (and would be the first again), from a new list.
   */
  async #recover(error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error)
    const failures = this.#health.failures + 1
    if (failures > 1 || this.#barren || hasStatus(error, 410)) this.#version = undefined
    this.#health = { synced: false, failures, lastError: reason }
    this.#options.logger.warn('the watch on Kubernetes broke and is begun again', { failures, reason })
    await this.#rest(failures, pauseAskedBy(error))
  }

  async #rest(failures: number, asked = 0): Promise<void> {
    const wait = Math.max(Math.min(this.#times.longestPauseMs, backoff(failures, Math.random())), asked)
    await pause(wait, undefined, { signal: this.#abort.signal }).catch(() => undefined) // ended early by close
  }
}
