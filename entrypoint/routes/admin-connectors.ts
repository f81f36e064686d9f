import { Router } from '@koa/router'
import type { ConnectorSettings } from '../../config/connectors.ts'
import { withoutCredentials } from '../../config/without-credentials.ts'
import { ServiceError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Store } from '../../core/ports/store.ts'
import type { Outcome } from '../../dps/client/send.ts'
import { ourAddresses, shownDataPlaneUrl } from '../connectors/check/addresses.ts'
import type { ConnectorReport } from '../connectors/check/check-connector.ts'
import type { Heard, HeardBook } from '../connectors/check/heard.ts'
import type { Answer } from '../http/answer.ts'
import { readBody } from '../http/query.ts'
import { readJson } from '../http/read-json.ts'
import { route } from '../access/route.ts'
import {
  checkRequestSchema,
  type connectorReportSchema,
  type connectorsSchema,
  type heardSchema,
} from './admin-connector-schemas.ts'

/** Largest body of a request for a check, in bytes. */
const maximumBodyBytes = 16 * 1024

/** How many of the newest jobs are looked through for one of a connector. */
const jobsLookedThrough = 100

/** What the routes of connectors work with. */
export interface AdminConnectorParts {
  readonly connectors: readonly ConnectorSettings[]
  readonly store: Pick<Store, 'listJobs'>
  readonly heard: HeardBook
  readonly clock: Clock
  readonly publicUrl: () => string
  /** How the last registration with a control plane went. */
  readonly registered: (connectorId: string) => Outcome | undefined
}

/** The administrator's connectors: list and check. Keys and secrets stay here. */
export function adminConnectorRoutes(parts: AdminConnectorParts): Router {
  const router = new Router({ prefix: '/api/v1/connectors' })
  const underWay = new Map<string, Promise<ConnectorReport>>()
  router.get('/', route('/api/v1/connectors', 'admin:read'), (ctx) => {
    const answer: Answer<typeof connectorsSchema> = {
      connectors: parts.connectors.map((settings) => connectorView(parts, settings)),
    }
    ctx.body = answer
  })
  router.post('/:id/check', route('/api/v1/connectors/:id/check', 'admin:operate'), async (ctx) => {
    const settings = parts.connectors.find(({ id }) => id === ctx.params['id'])
    const empty = ctx.get('Transfer-Encoding') === '' && (ctx.request.length ?? 0) === 0
    const body = empty ? {} : await readJson(ctx, maximumBodyBytes)
    const { probe: wanted } = readBody(body, checkRequestSchema)
    if (settings === undefined)
      throw new ServiceError('connector-unknown', `No connector ${JSON.stringify(ctx.params['id'])} is configured.`)
    // A second probe at the same time would take the messages of the first for its own: it gets the same report.
    const key = wanted === undefined ? undefined : `${settings.id} ${wanted.protocolAddress}`
    const running = key === undefined ? undefined : underWay.get(key)
    const report = running ?? check(parts, settings, wanted?.protocolAddress)
    if (key !== undefined && running === undefined) {
      underWay.set(key, report)
      void report.catch(() => undefined).finally(() => underWay.delete(key))
    }
    ctx.body = reportView(await report)
  })
  return router
}

type ConnectorView = Answer<typeof connectorsSchema>['connectors'][number]

function connectorView(parts: AdminConnectorParts, settings: ConnectorSettings): ConnectorView {
  const { id } = settings
  const heard = heardView(parts.heard.of(id))
  if (settings.dialect === 'http-provisioner')
    return {
      id,
      dialect: settings.dialect,
      managementUrl: withoutCredentials(settings.managementUrl),
      callbackAddress: withoutCredentials(settings.callbackAddress),
      ...ourAddresses(settings, shownUrl(parts)),
      heard,
    }
  const { dialect, form, dataPlaneId, signalingUrl, management, profiles } = settings
  return {
    id,
    dialect,
    form,
    dataPlaneId,
    signalingUrl: withoutCredentials(signalingUrl),
    managementUrl: management === undefined ? null : withoutCredentials(management.url),
    dataPlaneUrl: withoutCredentials(shownDataPlaneUrl(settings, shownUrl(parts))),
    transferTypes: profiles.map(({ name }) => name),
    registered: parts.registered(id)?.outcome === 'taken',
    heard,
  }
}

/** What checks is loaded for the first check. */
async function check(
  parts: AdminConnectorParts,
  settings: ConnectorSettings,
  protocolAddress: string | undefined,
): Promise<ConnectorReport> {
  const { store, heard, clock } = parts
  const publicUrl = shownUrl(parts)
  const jobs = await store.listJobs({ limit: jobsLookedThrough })
  const newest = jobs.find(({ origin }) => 'connectorId' in origin && origin.connectorId === settings.id)
  if (settings.dialect === 'data-plane-signaling') {
    const { checkSignaling } = await import('../connectors/check/check-signaling.ts')
    return checkSignaling({
      settings,
      publicUrl,
      heard: heard.of(settings.id),
      registered: parts.registered(settings.id),
      ...(newest === undefined ? {} : { newestJobAt: newest.createdAt }),
      now: clock.now(),
    })
  }
  const { checkConnector } = await import('../connectors/check/check-connector.ts')
  const { probe } = await import('../connectors/check/probe.ts')
  return checkConnector({
    settings,
    publicUrl,
    clock,
    heard: () => heard.of(settings.id),
    ...(newest === undefined ? {} : { newestJobAt: newest.createdAt }),
    ...(protocolAddress === undefined
      ? {}
      : { probe: () => probe({ settings, protocolAddress, publicUrl, heard, clock }) }),
  })
}

/** Our public address as it may be shown, without a slash at the end. */
function shownUrl({ publicUrl }: AdminConnectorParts): string {
  return withoutCredentials(publicUrl()).replace(/\/+$/, '')
}

function reportView({ at, ...report }: ConnectorReport): Answer<typeof connectorReportSchema> {
  const checks = report.checks.map((row) => ({ ...row, seen: withoutCredentials(row.seen) }))
  return { ...report, checks, at: time(at) }
}

function heardView({ since, ...heard }: Heard): Answer<typeof heardSchema> {
  const timed = <T extends { readonly at: number }>(entry: T): Omit<T, 'at'> & { at: string } => ({
    ...entry,
    at: time(entry.at),
  })
  const { provision, event, provisionRefused, eventRefused, answered, failed } = heard
  return {
    since: time(since),
    ...(provision === undefined ? {} : { provision: timed(provision) }),
    ...(event === undefined ? {} : { event: timed(event) }),
    ...(provisionRefused === undefined ? {} : { provisionRefused: timed(provisionRefused) }),
    ...(eventRefused === undefined ? {} : { eventRefused: timed(eventRefused) }),
    ...(answered === undefined ? {} : { answered: timed(answered) }),
    ...(failed === undefined ? {} : { failed: timed(failed) }),
  }
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
