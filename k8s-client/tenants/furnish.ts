import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { hasStatus } from '../api/api-error.ts'
import type { Transport } from '../api/transport.ts'
import { copies } from './copies.ts'
import { type Applied, bindingObject, furnishings, namespaceObject } from './objects.ts'
import { consumerHash, tenantNamespace } from './names.ts'
import { resolveStore } from './object-store.ts'
import type { TenantOptions } from './options.ts'
import { resolveHosts } from './resolve-hosts.ts'

/** Who we are to the objects that we apply. */
const fieldManager = 'dataspace-compute'
/** How often rights that were just given are tried: the API server's own authorizer learns of them a moment later. */
const mostTries = 20
const tryAgainMs = 100

/**
 * Brings a consumer's namespace into the state it shall have: makes what is missing and mends what somebody changed, by server-side
 * apply. May be repeated at any time, by several at once.
 * @returns its name
 * @throws Error where the cluster refuses, or the object store's name does not resolve; nothing may be launched there then
 */
export async function furnish(transport: Transport, consumerId: string, options: TenantOptions): Promise<string> {
  const name = tenantNamespace(options.prefix, consumerId)
  await apply(transport, namespaceObject(name, consumerHash(consumerId), options))
  const { clusterRole, lookup } = options
  if (clusterRole !== undefined) await apply(transport, bindingObject(name, clusterRole, await ownName(transport)))
  const inputs = await resolveHosts(options.inputHosts, lookup)
  const store = await resolveStore(options, lookup)
  for (const one of [...furnishings(name, options, inputs, store), ...(await copies(transport, name, options))])
    await applySoon(transport, one, clusterRole !== undefined)
  return name
}

async function applySoon(transport: Transport, one: Applied, rightsAreNew: boolean): Promise<void> {
  for (let tries = 1; ; tries += 1)
    try {
      return await apply(transport, one)
    } catch (error) {
      if (!rightsAreNew || tries >= mostTries || !hasStatus(error, 403)) throw error
      await pause(tryAgainMs)
    }
}

async function apply(transport: Transport, { path, object }: Applied): Promise<void> {
  await transport.send({
    method: 'PATCH',
    path: `${path}?fieldManager=${fieldManager}&force=true`,
    body: object,
    contentType: 'application/apply-patch+yaml', // JSON is YAML
  })
}

const reviewSchema = z.object({ status: z.object({ userInfo: z.object({ username: z.string() }) }) })

/** As whom the API server knows us. */
async function ownName(transport: Transport): Promise<string> {
  const { body } = await transport.send({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  })
  return reviewSchema.parse(body).status.userInfo.username
}
