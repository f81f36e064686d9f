import { z } from 'zod'
import { type AttemptRef, attemptName } from '../../core/job/names.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Logger } from '../../core/ports/logger.ts'
import { isNotFound } from '../api/api-error.ts'
import { NamespaceApi } from '../api/namespace-api.ts'
import type { Transport } from '../api/transport.ts'
import { findPod } from '../attempt-objects.ts'
import { readMetadata } from '../observe/objects.ts'
import { furnish } from './furnish.ts'
import { tenantNamespace } from './names.ts'
import { tenantSelector } from './objects.ts'
import type { TenantOptions } from './options.ts'
import type { SpaceListener, Spaces } from './spaces.ts'

/** What the spaces of consumers work with. */
export interface TenantParts {
  readonly transport: Transport
  readonly clock: Clock
  readonly logger: Logger
}

/** How long it is taken for granted that a namespace is there, and that it holds what it shall hold. Milliseconds. */
const thereMs = 15_000
const furnishedMs = 60_000
/** Most jobs whose namespace is remembered; others are looked for. */
const mostRemembered = 20_000

const namespacesSchema = z.object({ items: z.array(z.unknown()).nullish() })

interface Space {
  readonly api: NamespaceApi
  seenAt: number
  furnishedAt: number
}

/** A namespace for each consumer, made when its first job comes and mended as long as jobs are looked at. */
export function tenantSpaces({ transport, clock, logger }: TenantParts, options: TenantOptions): Spaces {
  const spaces = new Map<string, Space>()
  const remembered = new Map<string, string>()
  let listener: SpaceListener | undefined

  const enter = (name: string): Space => {
    const known = spaces.get(name)
    if (known !== undefined) return known
    const space = { api: new NamespaceApi(transport, name), seenAt: clock.now(), furnishedAt: -Infinity }
    spaces.set(name, space)
    listener?.came(space.api)
    return space
  }
  const forget = (name: string): void => {
    if (spaces.delete(name)) listener?.went(name)
  }
  const all = async (): Promise<readonly NamespaceApi[]> => {
    const query = new URLSearchParams({ labelSelector: tenantSelector(options) }).toString()
    const { body } = await transport.send({ method: 'GET', path: `/api/v1/namespaces?${query}` })
    const names = new Set((namespacesSchema.parse(body).items ?? []).map((item) => readMetadata(item).name))
    for (const name of spaces.keys()) if (!names.has(name)) forget(name)
    return [...names].map((name) => enter(name).api)
  }
  const prepare = async (consumerId: string): Promise<Space> => {
    const name = tenantNamespace(options.prefix, consumerId)
    const known = spaces.get(name)
    if (known !== undefined && clock.now() - known.furnishedAt < thereMs) return known
    await furnish(transport, consumerId, options)
    const space = enter(name)
    space.seenAt = space.furnishedAt = clock.now()
    return space
  }
  /** The namespace, where it is there; mended now and then. */
  const lookedAfter = async (name: string, consumerId: string): Promise<NamespaceApi | undefined> => {
    const now = clock.now()
    const known = spaces.get(name)
    if (known !== undefined && now - known.seenAt < thereMs) return known.api
    const standing = await standingOf(transport, name)
    if (standing === 'absent') {
      forget(name)
      return undefined
    }
    const space = enter(name)
    space.seenAt = now
    if (standing === 'there' && now - space.furnishedAt >= furnishedMs) {
      space.furnishedAt = now
      await furnish(transport, consumerId, options).catch((error: unknown) => {
        space.furnishedAt = -Infinity // nothing starts there on the word of this
        logger.warn('the namespace of a consumer cannot be mended', { namespace: name, error })
      })
    }
    return space.api
  }
  const lookFor = async (ref: AttemptRef): Promise<NamespaceApi | undefined> => {
    for (const api of await all())
      if ((await api.get('jobs', attemptName(ref))) !== undefined || (await findPod(api, ref)) !== undefined) return api
    return undefined
  }
  const remember = (jobId: string, { namespace }: NamespaceApi): void => {
    if (remembered.size >= mostRemembered) remembered.clear()
    remembered.set(jobId, namespace)
  }
  return {
    async prepared({ jobId }, consumerId) {
      const { api } = await prepare(consumerId)
      remember(jobId, api)
      return api
    },
    async of(ref) {
      if (ref.consumerId !== undefined) {
        const api = await lookedAfter(tenantNamespace(options.prefix, ref.consumerId), ref.consumerId)
        if (api !== undefined) remember(ref.jobId, api)
        return api
      }
      const name = remembered.get(ref.jobId)
      const known = name === undefined ? undefined : spaces.get(name)?.api
      if (known !== undefined) return known
      const found = await lookFor(ref)
      if (found !== undefined) remember(ref.jobId, found)
      return found
    },
    all,
    follow(one) {
      listener = one
      for (const { api } of spaces.values()) one.came(api)
      // Those that are there already; what fails here is found again by the first look at a job.
      all().catch((error: unknown) => logger.warn('the namespaces of consumers cannot be listed', { error }))
    },
    seen: remember,
  }
}

async function standingOf(transport: Transport, name: string): Promise<'there' | 'going' | 'absent'> {
  try {
    const { body } = await transport.send({ method: 'GET', path: `/api/v1/namespaces/${name}` })
    return readMetadata(body).deletionTimestamp === undefined ? 'there' : 'going'
  } catch (error) {
    if (isNotFound(error)) return 'absent'
    throw error
  }
}
