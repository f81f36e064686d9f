import { Router } from '@koa/router'
import type { ProvisionerSettings } from '../../config/connectors.ts'
import { ServiceError } from '../../core/errors.ts'
import type { Metrics } from '../../core/ports/metrics.ts'
import type { HeardBook } from '../connectors/check/heard.ts'
import { refusalOf } from '../connectors/check/refusal.ts'
import { readEvent, readProvisionMessage } from '../connectors/http-provisioner.ts'
import { accept, look } from '../engine/accept.ts'
import type { EngineParts } from '../engine/parts.ts'
import type { Answer } from '../http/answer.ts'
import { readJson } from '../http/read-json.ts'
import { route } from '../access/route.ts'
import type { Shedding } from '../http/shedding.ts'
import { checkPathSecret } from './path-secret.ts'
import type { provisionedSchema } from './connector-schemas.ts'

/** Largest message of a connector, in bytes. Policies make them long; a real one has under 1 KiB. */
const maximumMessageBytes = 256 * 1024

/**
 * What connectors call. They can send no header, so where the network between is not trusted each has a secret as the last
 * segment of its paths.
 * @param heard is told what came, and what was refused
 * @param changed called after something became due, so that the engine looks at once
 * @param within bounds what waits for the store
 */
export function connectorRoutes(
  parts: EngineParts,
  connectors: readonly ProvisionerSettings[],
  metrics: Pick<Metrics, 'stage'>,
  heard: Pick<HeardBook, 'note'>,
  changed: () => void,
  within: Shedding,
): Router {
  const router = new Router()
  const find = (id: string | undefined, secret: string | undefined): ProvisionerSettings => {
    const settings = connectors.find((connector) => connector.id === id)
    if (settings === undefined) throw new ServiceError('connector-unknown', 'No connector of this name is configured.')
    checkPathSecret(settings, secret, 'at its end')
    return settings
  }
  /** Notes why a message to a connector's paths was refused; what is told is the message, once it is there. */
  const heeded = async <T>(
    refused: 'provisionRefused' | 'eventRefused',
    id: string | undefined,
    take: (told: (body: unknown) => void) => Promise<T>,
  ): Promise<T> => {
    let body: unknown
    try {
      return await take((message) => void (body = message))
    } catch (error) {
      const settings = connectors.find((connector) => connector.id === id)
      const refusal = error instanceof ServiceError ? refusalOf(error, body, parts.clock.now()) : undefined
      if (settings !== undefined && refusal !== undefined) heard.note(settings.id, { [refused]: refusal })
      throw error
    }
  }
  router.post('/connectors/:id/provision{/:secret}', route('/connectors/:id/provision', 'connector'), async (ctx) => {
    const begin = parts.clock.now()
    const jobId = await heeded('provisionRefused', ctx.params['id'], async (told) => {
      const settings = find(ctx.params['id'], ctx.params['secret'])
      const body = await readJson(ctx, maximumMessageBytes)
      told(body)
      const message = readProvisionMessage(body, settings.callbackAddress)
      heard.note(settings.id, { provision: { at: begin, processId: message.processId, assetId: message.assetId } })
      const accepted = await within(() => accept(parts, settings.id, message))
      if (message.type !== 'deprovision') metrics.stage('accept', parts.clock.now() - begin)
      return accepted.jobId
    })
    ctx.status = 200 // a deprovision must be answered exactly 200 (EDC 0.11 to 0.15)
    const provisioned: Answer<typeof provisionedSchema> = jobId === undefined ? {} : { jobId }
    ctx.body = provisioned
  })
  router.post('/connectors/:id/events{/:secret}', route('/connectors/:id/events', 'connector'), async (ctx) => {
    await heeded('eventRefused', ctx.params['id'], async () => {
      const settings = find(ctx.params['id'], ctx.params['secret'])
      const subject = readEvent(await readJson(ctx, maximumMessageBytes))
      if (subject === undefined) return
      heard.note(settings.id, { event: { at: parts.clock.now(), ...subject } })
      await within(() => look(parts, settings.id, subject.processId))
      changed()
    })
    ctx.status = 204
  })
  return router
}
