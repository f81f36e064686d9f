import { Router } from '@koa/router'
import type { Context } from 'koa'
import type { AuditDraft, Detail } from '../../core/audit/entry.ts'
import { ServiceError } from '../../core/errors.ts'
import type { AuditStore } from '../../core/ports/audit-store.ts'
import { authorOf } from '../access/author-of.ts'
import type { Answer } from '../http/answer.ts'
import { readBody, readQuery } from '../http/query.ts'
import { readJson } from '../http/read-json.ts'
import { route } from '../access/route.ts'
import type { PublicationParts } from '../publication/parts.ts'
import type { Publication } from '../publication/publication.ts'
import {
  publicationQuerySchema,
  publicationRequestSchema,
  type publicationSchema,
  type unpublicationSchema,
  unpublicationQuerySchema,
} from './publication-schemas.ts'

/** Largest body of a request about a publication, in bytes: two policies. */
const maximumBodyBytes = 256 * 1024

/** What publishes is loaded for the first request: few installations publish often. */
const publishing = () => import('../publication/publication.ts')

/** What the routes of publication work with. */
export interface PublicationRouteParts extends PublicationParts {
  readonly store: Pick<AuditStore, 'appendAudit'>
}

/** Publication of compute assets in connectors: compare, publish, take away. */
export function publicationRoutes(parts: PublicationRouteParts): Router {
  const path = '/api/v1/assets/:id/publications/:connector'
  const router = new Router()
  router.get(path, route(path, 'admin:read'), async (ctx) => {
    const names = namesIn(ctx.params)
    const { version } = readQuery(ctx, publicationQuerySchema)
    const { comparePublication } = await publishing()
    const publication = await comparePublication(parts, { ...names, version })
    ctx.body = await view(names, publication, publication.changes.length === 0)
  })
  router.post(`${path}/difference`, route(`${path}/difference`, 'admin:read'), async (ctx) => {
    const names = namesIn(ctx.params)
    const { comparePublication } = await publishing()
    const publication = await comparePublication(parts, { ...names, ...(await readRequest(ctx)) })
    ctx.body = await view(names, publication, publication.changes.length === 0)
  })
  router.put(path, route(path, 'admin:write'), async (ctx) => {
    const names = namesIn(ctx.params)
    const request = await readRequest(ctx)
    const { publish } = await publishing()
    const publication = await noted(parts, ctx, 'offer.published', names, () =>
      publish(parts, { ...names, ...request }),
    )
    ctx.body = await view(names, publication, true)
  })
  router.delete(path, route(path, 'admin:write'), async (ctx) => {
    const names = namesIn(ctx.params)
    const { adopt } = readQuery(ctx, unpublicationQuerySchema)
    const { unpublish } = await import('../publication/unpublish.ts')
    const body: Answer<typeof unpublicationSchema> = {
      ...names,
      ...(await noted(parts, ctx, 'offer.unpublished', names, () =>
        unpublish(parts, { ...names, adopt: adopt === 'true' }),
      )),
    }
    ctx.body = body
  })
  return router
}

/**
 * Does something in a connector and writes into the audit log how it went. The connector is no part of our transactions: after a crash in
 * between, the entry is missing.
 */
async function noted<T>(
  { store }: PublicationRouteParts,
  ctx: Context,
  action: 'offer.published' | 'offer.unpublished',
  { assetId, connectorId }: Names,
  run: () => Promise<T>,
): Promise<T> {
  const note = (outcome: AuditDraft['outcome'], detail: Detail): Promise<void> =>
    store.appendAudit([
      { ...authorOf(ctx), action, object: { kind: 'offer', id: `${assetId}@${connectorId}` }, outcome, detail },
    ])
  try {
    const done = await run()
    await note('done', { assetId, connectorId })
    return done
  } catch (error) {
    const code = error instanceof ServiceError ? error.code : 'internal'
    await note('failed', { assetId, connectorId, code })
    throw error
  }
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

async function view(
  names: Names,
  publication: Publication,
  inStep: boolean,
): Promise<Answer<typeof publicationSchema>> {
  const { idOf } = await publishing()
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
