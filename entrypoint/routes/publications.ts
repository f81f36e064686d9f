import { Router } from '@koa/router'
import type { Context } from 'koa'
import type { Answer } from '../http/answer.ts'
import { readBody, readQuery } from '../http/query.ts'
import { readJson } from '../http/read-json.ts'
import { route } from '../access/route.ts'
import type { PublicationParts } from '../publication/parts.ts'
import { comparePublication, idOf, type Publication, publish } from '../publication/publication.ts'
import { unpublish } from '../publication/unpublish.ts'
import {
  publicationQuerySchema,
  publicationRequestSchema,
  type publicationSchema,
  type unpublicationSchema,
  unpublicationQuerySchema,
} from './publication-schemas.ts'

/** Largest body of a request about a publication, in bytes: two policies. */
const maximumBodyBytes = 256 * 1024

/** Publication of compute assets in connectors: compare, publish, take away. */
export function publicationRoutes(parts: PublicationParts): Router {
  const path = '/api/v1/assets/:id/publications/:connector'
  const router = new Router()
  router.get(path, route(path, 'admin:read'), async (ctx) => {
    const names = namesIn(ctx.params)
    const { version } = readQuery(ctx, publicationQuerySchema)
    const publication = await comparePublication(parts, { ...names, version })
    ctx.body = view(names, publication, publication.changes.length === 0)
  })
  router.post(`${path}/difference`, route(`${path}/difference`, 'admin:read'), async (ctx) => {
    const names = namesIn(ctx.params)
    const publication = await comparePublication(parts, { ...names, ...(await readRequest(ctx)) })
    ctx.body = view(names, publication, publication.changes.length === 0)
  })
  router.put(path, route(path, 'admin:write'), async (ctx) => {
    const names = namesIn(ctx.params)
    ctx.body = view(names, await publish(parts, { ...names, ...(await readRequest(ctx)) }), true)
  })
  router.delete(path, route(path, 'admin:write'), async (ctx) => {
    const names = namesIn(ctx.params)
    const { adopt } = readQuery(ctx, unpublicationQuerySchema)
    const body: Answer<typeof unpublicationSchema> = {
      ...names,
      ...(await unpublish(parts, { ...names, adopt: adopt === 'true' })),
    }
    ctx.body = body
  })
  return router
}

async function readRequest(ctx: Context) {
  return readBody(await readJson(ctx, maximumBodyBytes), publicationRequestSchema)
}

interface Names {
  readonly assetId: string
  readonly connectorId: string
}

function namesIn(parameters: Readonly<Record<string, string | undefined>>): Names {
  return { assetId: parameters['id'] ?? '', connectorId: parameters['connector'] ?? '' }
}

function view(names: Names, publication: Publication, inStep: boolean): Answer<typeof publicationSchema> {
  const { version, newestVersion, publishedVersion, plan, changes, otherOffers } = publication
  return {
    ...names,
    version,
    newestVersion,
    publishedVersion,
    inStep: inStep && plan.blocked.length === 0,
    changes: changes.map((step) => ({ object: step.object, id: idOf(step), action: step.action, fields: step.fields })),
    accessPolicy: policyView(plan.access),
    contractPolicy: policyView(plan.contract),
    otherOffers,
    blocked: plan.blocked.map(({ code, message }) => ({ code, message })),
  }
}

function policyView({
  id,
  choice,
  open,
  edited,
}: Publication['plan']['access']): Answer<typeof publicationSchema>['accessPolicy'] {
  return { id, choice, open, edited }
}
